import { WasmError } from '../wasm-error.ts';
import { ByteReader } from './byte-reader.ts';
import { readLimits } from './limits.ts';
import { SECTION, type Section } from './sections.ts';
import { readTable } from './tables.ts';
import { type ParameterCount, readTypes, skipValueType } from './value-types.ts';

/** What of a module a function's code refers to by an index. Imported things come first. */
export interface ModuleLayout {
  readonly types: readonly ParameterCount[];
  /** The index of the type of each function that the module defines. */
  readonly functions: readonly number[];
  readonly globals: number;
  /** Whether addresses of a memory, or of a table, are 64 bits wide. */
  readonly wideMemories: readonly boolean[];
  readonly wideTables: readonly boolean[];
  readonly exports: ReadonlySet<string>;
}

interface Draft {
  types: readonly ParameterCount[];
  readonly functions: number[];
  globals: number;
  readonly wideMemories: boolean[];
  readonly wideTables: boolean[];
  readonly exports: Set<string>;
}

const KIND = { function: 0, table: 1, memory: 2, global: 3, tag: 4 } as const;

/** Reads everything but code and data. */
export function readLayout(bytes: Uint8Array, sections: readonly Section[]): ModuleLayout {
  const layout: Draft = {
    types: [],
    functions: [],
    globals: 0,
    wideMemories: [],
    wideTables: [],
    exports: new Set(),
  };
  for (const { id, start, end } of sections) {
    const read = READERS[id];
    if (read === undefined) continue;
    const reader = new ByteReader(bytes, start, end);
    read(reader, layout);
    // Of globals only their number is read.
    if (id !== SECTION.global && !reader.isAtEnd) {
      throw new WasmError(`section ${id} is longer than what it holds`, reader.at);
    }
  }
  return layout;
}

const READERS: Readonly<Record<number, (reader: ByteReader, layout: Draft) => void>> = {
  [SECTION.type]: (reader, layout) => {
    layout.types = readTypes(reader);
  },
  [SECTION.import]: (reader, layout) => {
    for (let left = reader.u32(); left > 0; left -= 1) readImport(reader, layout);
  },
  [SECTION.function]: (reader, { functions }) => {
    for (let left = reader.u32(); left > 0; left -= 1) functions.push(reader.u32());
  },
  [SECTION.table]: (reader, { wideTables }) => {
    for (let left = reader.u32(); left > 0; left -= 1) wideTables.push(readTable(reader).isWide);
  },
  [SECTION.memory]: (reader, { wideMemories }) => {
    for (let left = reader.u32(); left > 0; left -= 1) wideMemories.push(readLimits(reader).isWide);
  },
  [SECTION.global]: (reader, layout) => {
    layout.globals += reader.u32();
  },
  [SECTION.export]: (reader, { exports, globals }) => {
    for (let left = reader.u32(); left > 0; left -= 1) {
      const at = reader.at;
      exports.add(reader.name());
      const kind = reader.byte();
      // The next index will be that of the fuel.
      if (reader.u32() >= globals && kind === KIND.global)
        throw new WasmError('an export of a global that does not exist', at);
    }
  },
};

function readImport(reader: ByteReader, layout: Draft): void {
  const at = reader.at;
  const [module, name] = [reader.name(), reader.name()];
  switch (reader.byte()) {
    case KIND.function:
      reader.u32();
      return;
    case KIND.table:
      skipValueType(reader);
      layout.wideTables.push(readLimits(reader).isWide);
      return;
    case KIND.memory:
      // Its limit would be the business of whoever makes it.
      throw new WasmError(`the import "${module}.${name}" is a memory, and a module must define its memory itself`, at);
    case KIND.global:
      skipValueType(reader);
      reader.byte();
      layout.globals += 1;
      return;
    case KIND.tag:
      reader.byte();
      reader.u32();
      return;
    default:
      throw new WasmError(`the import "${module}.${name}" is of an unknown kind`, at);
  }
}
