import { WasmError } from '../wasm-error.ts';
import { ByteReader } from './byte-reader.ts';

export const SECTION = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
  tag: 13,
} as const;

/** The order in which sections stand. Custom sections stand anywhere. */
const ORDER: readonly number[] = [
  SECTION.type,
  SECTION.import,
  SECTION.function,
  SECTION.table,
  SECTION.memory,
  SECTION.tag,
  SECTION.global,
  SECTION.export,
  SECTION.start,
  SECTION.element,
  SECTION.dataCount,
  SECTION.code,
  SECTION.data,
];

const MAGIC = [0x00, 0x61, 0x73, 0x6d];
const MODULE_VERSION = [0x01, 0x00, 0x00, 0x00];
const COMPONENT_VERSION = [0x0d, 0x00, 0x01, 0x00];
export const HEADER: readonly number[] = [...MAGIC, ...MODULE_VERSION];

/** A section as it stands in the file: `start` and `end` delimit what follows its id and size. */
export interface Section {
  readonly id: number;
  readonly start: number;
  readonly end: number;
}

/** Where a section with this id stands among the others, from 0. */
export function placeOf(id: number): number {
  return ORDER.indexOf(id);
}

/** The sections of a module in their order. */
export function readSections(bytes: Uint8Array): readonly Section[] {
  const reader = new ByteReader(bytes);
  readHeader(reader);
  const sections: Section[] = [];
  let place = -1;
  while (!reader.isAtEnd) {
    const at = reader.at;
    const id = reader.byte();
    const { at: start, end } = reader.part(reader.u32());
    if (id !== SECTION.custom) {
      const next = placeOf(id);
      if (next < 0) throw new WasmError(`section ${id} is unknown`, at);
      if (next <= place) throw new WasmError(`section ${id} stands twice or at the wrong place`, at);
      place = next;
    }
    sections.push({ id, start, end });
  }
  return sections;
}

function readHeader(reader: ByteReader): void {
  const start = [...reader.bytes.subarray(0, HEADER.length)];
  const startsWith = (expected: readonly number[], at: number): boolean =>
    expected.every((byte, index) => start[at + index] === byte);
  if (!startsWith(MAGIC, 0)) throw new WasmError('this is not a WebAssembly module', 0);
  if (startsWith(COMPONENT_VERSION, MAGIC.length)) {
    throw new WasmError('this is a WebAssembly component, and only modules are supported', MAGIC.length);
  }
  if (!startsWith(MODULE_VERSION, MAGIC.length)) {
    throw new WasmError('this version of WebAssembly is unknown', MAGIC.length);
  }
  reader.skip(HEADER.length);
}
