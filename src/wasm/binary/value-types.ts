import { WasmError } from '../wasm-error.ts';
import type { ByteReader } from './byte-reader.ts';

const FUNCTION = 0x60;
const REC = 0x4e;
const SUB_FINAL = 0x4f;
const SUB = 0x50;
const NULLABLE_REFERENCE = 0x63;
const REFERENCE = 0x64;
const EMPTY_BLOCK = 0x40;

/** Codes of heap types, as numbers with a sign. */
const EXCEPTION = 0x69 - 0x80;
const NO_EXCEPTION = 0x74 - 0x80;
/** v128 has the least code of a number. The greatest is -1. */
const LEAST_NUMBER = 0x7b - 0x80;

/** Codes of types of proposals that are not finished, or of what has no bound: a guest could make objects for ever. */
const UNSUPPORTED: Readonly<Record<number, string>> = {
  94: 'objects of garbage collection',
  95: 'objects of garbage collection',
  98: 'exact references',
  101: 'shared-everything threads',
  104: 'stack switching',
  117: 'stack switching',
};

/** The parameters of a function's type. */
export interface Parameters {
  readonly count: number;
  /** Whether none of them is a reference. */
  readonly areNumbers: boolean;
}

/** Reads the section of types: for each type, its parameters. */
export function readTypes(reader: ByteReader): readonly Parameters[] {
  const types: Parameters[] = [];
  for (let left = reader.u32(); left > 0; left -= 1) readTypeGroup(reader, types);
  return types;
}

function readTypeGroup(reader: ByteReader, types: Parameters[]): void {
  if (reader.peek() !== REC) {
    types.push(readSubtype(reader));
    return;
  }
  reader.byte();
  for (let left = reader.u32(); left > 0; left -= 1) types.push(readSubtype(reader));
}

function readSubtype(reader: ByteReader): Parameters {
  const form = reader.peek();
  if (form === SUB || form === SUB_FINAL) {
    reader.byte();
    for (let left = reader.u32(); left > 0; left -= 1) reader.u32();
  }
  return readComposite(reader);
}

function readComposite(reader: ByteReader): Parameters {
  const at = reader.at;
  const form = reader.byte();
  if (form !== FUNCTION) throw unknownType(form, at);
  const count = reader.u32();
  let areNumbers = true;
  for (let left = count; left > 0; left -= 1) {
    const code = skipValueType(reader);
    areNumbers &&= code < 0 && code >= LEAST_NUMBER;
  }
  skipValueTypes(reader);
  return { count, areNumbers };
}

/** Skips a list of types. */
export function skipValueTypes(reader: ByteReader): void {
  for (let left = reader.u32(); left > 0; left -= 1) skipValueType(reader);
}

/** Skips a type, and returns its code: below zero for a number and a built-in type, also if a reference points to it. */
export function skipValueType(reader: ByteReader): number {
  const at = reader.at;
  const type = reader.byte();
  if (type === REFERENCE || type === NULLABLE_REFERENCE) return skipHeapType(reader);
  if (!isNumberOrVector(type) && !isAbstract(type)) throw unknownType(type, at);
  return type - 0x80;
}

/**
 * Skips the type of a global or a table. It cannot be that of an exception: each takes some hundred
 * bytes beside the place itself, and there may be a million of these places.
 */
export function skipKeptType(reader: ByteReader): void {
  const at = reader.at;
  const code = skipValueType(reader);
  if (code === EXCEPTION || code === NO_EXCEPTION) {
    throw new WasmError('globals and tables of exceptions are not supported', at);
  }
}

/** Skips what a reference points to, and returns it: the index of a type, or the code of a built-in type below zero. */
export function skipHeapType(reader: ByteReader): number {
  const at = reader.at;
  const type = reader.s33();
  if (type < 0 && !isAbstract(type + 0x80)) throw unknownType(type & 0x7f, at);
  return type;
}

/** Skips the type of a block: none, one result, or the index of a function's type. */
export function skipBlockType(reader: ByteReader): void {
  const first = reader.peek();
  if (first === EMPTY_BLOCK) {
    reader.byte();
  } else if (first > EMPTY_BLOCK && first < 0x80) {
    skipValueType(reader);
  } else {
    reader.s33();
  }
}

/** i32, i64, f32, f64, v128. */
function isNumberOrVector(type: number): boolean {
  return type >= 0x7b && type <= 0x7f;
}

/** From `exn` to `noexn`: built-in types that a reference may point to. Alone they stand for a nullable reference. */
function isAbstract(type: number): boolean {
  return type >= 0x69 && type <= 0x74;
}

function unknownType(type: number, at: number): WasmError {
  const proposal = UNSUPPORTED[type];
  const code = `0x${type.toString(16).padStart(2, '0')}`;
  if (proposal !== undefined) return new WasmError(`type ${code} (${proposal}) is not supported`, at);
  return new WasmError(`type ${code} is unknown`, at);
}
