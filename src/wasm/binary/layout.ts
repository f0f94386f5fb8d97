import { WasmError } from '../wasm-error.ts';
import { ByteReader } from './byte-reader.ts';
import { skipConstant } from './immediates.ts';
import { readLimits } from './limits.ts';
import { SECTION, type Section } from './sections.ts';
import { readTable } from './tables.ts';
import { type Parameters, readTypes, skipKeptType } from './value-types.ts';

/** What of a module a function's code refers to by an index. Imported things come first. */
export interface ModuleLayout {
  readonly types: readonly Parameters[];
  /** The index of the type of each function that the module defines. */
  readonly functions: readonly number[];
  readonly globals: number;
  /** Whether addresses of a memory, or of a table, are 64 bits wide. */
  readonly wideMemories: readonly boolean[];
  readonly wideTables: readonly boolean[];
  readonly exports: ReadonlySet<string>;
}

interface Draft {
  types: readonly Parameters[];
  readonly functions: number[];
  globals: number;
  readonly wideMemories: boolean[];
  readonly wideTables: boolean[];
  readonly exports: Set<string>;
}

/** How many values an exception may carry: each takes up to 64 bytes. Compilers use one. */
const MAX_TAG_NUMBERS = 4;

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
    if (!reader.isAtEnd) throw new WasmError(`section ${id} is longer than what it holds`, reader.at);
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
    for (let left = reader.u32(); left > 0; left -= 1) wideTables.push(readTable(reader).limits.isWide);
  },
  [SECTION.memory]: (reader, { wideMemories }) => {
    for (let left = reader.u32(); left > 0; left -= 1) wideMemories.push(readLimits(reader).isWide);
  },
  [SECTION.global]: (reader, layout) => {
    for (let left = reader.u32(); left > 0; left -= 1) {
      skipGlobalType(reader);
      skipConstant(reader);
      layout.globals += 1;
    }
  },
  [SECTION.tag]: (reader, layout) => {
    for (let left = reader.u32(); left > 0; left -= 1) readTag(reader, layout);
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

function skipGlobalType(reader: ByteReader): void {
  skipKeptType(reader);
  reader.byte();
}

/** With a reference in an exception each could hold the one before, and so on without end. */
function readTag(reader: ByteReader, { types }: Draft): void {
  const at = reader.at;
  reader.byte();
  const parameters = types[reader.u32()];
  if (parameters !== undefined && (!parameters.areNumbers || parameters.count > MAX_TAG_NUMBERS)) {
    throw new WasmError(`an exception may carry at most ${MAX_TAG_NUMBERS} numbers, and no references`, at);
  }
}

function readImport(reader: ByteReader, layout: Draft): void {
  const at = reader.at;
  const [module, name] = [reader.name(), reader.name()];
  switch (reader.byte()) {
    case KIND.function:
      reader.u32();
      return;
    case KIND.table:
      skipKeptType(reader);
      layout.wideTables.push(readLimits(reader).isWide);
      return;
    case KIND.memory:
      // Its limit would be the business of whoever makes it.
      throw new WasmError(`the import "${module}.${name}" is a memory, and a module must define its memory itself`, at);
    case KIND.global:
      skipGlobalType(reader);
      layout.globals += 1;
      return;
    case KIND.tag:
      readTag(reader, layout);
      return;
    default:
      throw new WasmError(`the import "${module}.${name}" is of an unknown kind`, at);
  }
}
