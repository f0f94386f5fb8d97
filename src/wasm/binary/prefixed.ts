import { WasmError } from '../wasm-error.ts';
import type { ByteReader } from './byte-reader.ts';
import { OP } from './opcodes.ts';
import { skipHeapType } from './value-types.ts';

/** What follows an opcode behind a prefix. */
type Skip = (reader: ByteReader) => void;

const nothing: Skip = () => {};
const index: Skip = (reader) => void reader.u32();
const twoIndexes: Skip = (reader) => {
  reader.u32();
  reader.u32();
};
const oneByte: Skip = (reader) => reader.skip(1);
const sixteenBytes: Skip = (reader) => reader.skip(16);
const memoryAndLane: Skip = (reader) => {
  skipMemoryArgument(reader);
  reader.skip(1);
};

/** The bit of an alignment that says that the index of a memory follows. */
const HAS_MEMORY_INDEX = 0x40;

/** Skips alignment, memory and offset of a load or a store. */
export function skipMemoryArgument(reader: ByteReader): void {
  const alignment = reader.u32();
  if (alignment >= 2 * HAS_MEMORY_INDEX) throw new WasmError('the alignment of an access is unknown', reader.at);
  if (alignment >= HAS_MEMORY_INDEX) reader.u32();
  reader.skipU64();
}

type Range = readonly [from: number, to: number, skip: Skip];

const GC: readonly Range[] = [
  [20, 23, skipHeapType],
  [26, 30, nothing],
];
const BULK: readonly Range[] = [
  [0, 7, nothing],
  [8, 8, twoIndexes],
  [9, 9, index],
  [10, 10, twoIndexes],
  [11, 11, index],
  [12, 12, twoIndexes],
  [13, 13, index],
  [14, 14, twoIndexes],
  [15, 17, index],
];
const SIMD: readonly Range[] = [
  [0, 11, skipMemoryArgument],
  [12, 13, sixteenBytes],
  [14, 20, nothing],
  [21, 34, oneByte],
  [35, 83, nothing],
  [84, 91, memoryAndLane],
  [92, 93, skipMemoryArgument],
  [94, 255, nothing],
  // relaxed
  [256, 275, nothing],
];
const ATOMIC: readonly Range[] = [
  [0, 2, skipMemoryArgument],
  [3, 3, oneByte],
  [0x10, 0x4e, skipMemoryArgument],
];

const BY_PREFIX: Readonly<Record<number, readonly (Skip | undefined)[]>> = {
  [OP.gc]: tableOf(GC),
  [OP.bulk]: tableOf(BULK),
  [OP.simd]: tableOf(SIMD),
  [OP.atomic]: tableOf(ATOMIC),
};

/** Instructions of proposals that are not finished, or of what has no bound; by prefix and the first and last opcode. */
const UNSUPPORTED: readonly (readonly [prefix: number, from: number, to: number, proposal: string])[] = [
  [OP.gc, 0, 19, 'objects of garbage collection'],
  [OP.gc, 32, 39, 'custom descriptors'],
  [OP.gc, 0x80, 0xff, 'stringref'],
  [OP.bulk, 18, 18, 'memory.discard'],
  [OP.bulk, 19, 22, 'wide arithmetic'],
  [OP.simd, 0x114, 0x1ff, 'half precision'],
  [OP.atomic, 0x4f, 0xff, 'shared-everything threads'],
];

function tableOf(ranges: readonly Range[]): readonly (Skip | undefined)[] {
  const table: (Skip | undefined)[] = [];
  for (const [from, to, skip] of ranges) {
    for (let opcode = from; opcode <= to; opcode += 1) table[opcode] = skip;
  }
  return table;
}

/** Skips what follows an opcode behind a prefix. Branches are not among them. */
export function skipPrefixed(reader: ByteReader, prefix: number, opcode: number, at: number): void {
  const skip = BY_PREFIX[prefix]?.[opcode];
  if (skip === undefined) throw unknownInstruction(prefix, opcode, at);
  skip(reader);
}

function unknownInstruction(prefix: number, opcode: number, at: number): WasmError {
  const name = `instruction 0x${prefix.toString(16)} 0x${opcode.toString(16).padStart(2, '0')}`;
  const unsupported = UNSUPPORTED.find(([group, from, to]) => group === prefix && opcode >= from && opcode <= to);
  if (unsupported === undefined) return new WasmError(`${name} is unknown`, at);
  return new WasmError(`${name} (${unsupported[3]}) is not supported`, at);
}
