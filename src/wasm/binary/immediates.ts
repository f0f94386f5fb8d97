import { WasmError } from '../wasm-error.ts';
import type { ByteReader } from './byte-reader.ts';
import { IMMEDIATE, IMMEDIATES, OP } from './opcodes.ts';
import { skipMemoryArgument, skipPrefixed } from './prefixed.ts';
import { skipHeapType, skipValueTypes } from './value-types.ts';

const index = (reader: ByteReader): void => void reader.u32();

/** Skips what follows an opcode, by its kind. Instructions that are not here have more to them than to be skipped. */
export const SKIPS: Readonly<Record<number, (reader: ByteReader) => void>> = {
  [IMMEDIATE.none]: () => {},
  [IMMEDIATE.index]: index,
  [IMMEDIATE.local]: index,
  [IMMEDIATE.global]: index,
  [IMMEDIATE.memory]: skipMemoryArgument,
  [IMMEDIATE.i32]: (reader) => reader.skipSigned(32),
  [IMMEDIATE.i64]: (reader) => reader.skipSigned(64),
  [IMMEDIATE.f32]: (reader) => reader.skip(4),
  [IMMEDIATE.f64]: (reader) => reader.skip(8),
  [IMMEDIATE.types]: (reader) => void skipValueTypes(reader),
  [IMMEDIATE.heapType]: skipHeapType,
};

/** Skips the instructions that compute the first value of a global or a table, with their `end`. */
export function skipConstant(reader: ByteReader): void {
  for (;;) {
    const at = reader.at;
    const opcode = reader.byte();
    if (opcode === OP.end) return;
    const immediate = IMMEDIATES[opcode] as number;
    const skip = SKIPS[immediate];
    if (immediate === IMMEDIATE.prefix) skipPrefixed(reader, opcode, reader.u32(), at);
    else if (skip === undefined) throw new WasmError(`instruction 0x${opcode.toString(16)} is not constant`, at);
    else skip(reader);
  }
}
