import { WasmError } from '../wasm-error.ts';
import type { ByteReader } from './byte-reader.ts';

const FUNCTION = 0x60;
const STRUCT = 0x5f;
const ARRAY = 0x5e;
const REC = 0x4e;
const SUB_FINAL = 0x4f;
const SUB = 0x50;
const NULLABLE_REFERENCE = 0x63;
const REFERENCE = 0x64;
const EMPTY_BLOCK = 0x40;

/** Codes of types of proposals that are not finished. */
const UNFINISHED: Readonly<Record<number, string>> = {
  98: 'exact references',
  101: 'shared-everything threads',
  104: 'stack switching',
  117: 'stack switching',
};

/** How many parameters a type has; null if it is not the type of a function. */
export type ParameterCount = number | null;

/** Reads the section of types: for each type, how many parameters it has. */
export function readTypes(reader: ByteReader): readonly ParameterCount[] {
  const types: ParameterCount[] = [];
  for (let left = reader.u32(); left > 0; left -= 1) readTypeGroup(reader, types);
  return types;
}

function readTypeGroup(reader: ByteReader, types: ParameterCount[]): void {
  if (reader.peek() !== REC) {
    types.push(readSubtype(reader));
    return;
  }
  reader.byte();
  for (let left = reader.u32(); left > 0; left -= 1) types.push(readSubtype(reader));
}

function readSubtype(reader: ByteReader): ParameterCount {
  const form = reader.peek();
  if (form === SUB || form === SUB_FINAL) {
    reader.byte();
    for (let left = reader.u32(); left > 0; left -= 1) reader.u32();
  }
  return readComposite(reader);
}

function readComposite(reader: ByteReader): ParameterCount {
  const at = reader.at;
  const form = reader.byte();
  if (form === FUNCTION) {
    const parameters = skipValueTypes(reader);
    skipValueTypes(reader);
    return parameters;
  }
  if (form === STRUCT) {
    for (let left = reader.u32(); left > 0; left -= 1) skipField(reader);
  } else if (form === ARRAY) {
    skipField(reader);
  } else {
    throw unknownType(form, at);
  }
  return null;
}

function skipField(reader: ByteReader): void {
  const type = reader.peek();
  // i8 and i16 occur only here.
  if (type === 0x78 || type === 0x77) reader.byte();
  else skipValueType(reader);
  reader.byte();
}

/** Skips a list of types, and says how many they are. */
export function skipValueTypes(reader: ByteReader): number {
  const count = reader.u32();
  for (let left = count; left > 0; left -= 1) skipValueType(reader);
  return count;
}

export function skipValueType(reader: ByteReader): void {
  const at = reader.at;
  const type = reader.byte();
  if (type === REFERENCE || type === NULLABLE_REFERENCE) skipHeapType(reader);
  else if (!isNumberOrVector(type) && !isAbstract(type)) throw unknownType(type, at);
}

/** Skips what a reference points to: the index of a type, or a built-in type. */
export function skipHeapType(reader: ByteReader): void {
  const at = reader.at;
  const type = reader.s33();
  if (type < 0 && !isAbstract(type + 0x80)) throw unknownType(type & 0x7f, at);
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
  const proposal = UNFINISHED[type];
  const code = `0x${type.toString(16).padStart(2, '0')}`;
  if (proposal !== undefined) return new WasmError(`type ${code} (${proposal}) is not supported`, at);
  return new WasmError(`type ${code} is unknown`, at);
}
