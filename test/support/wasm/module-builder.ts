/** A small assembler: sections of a module from bytes that a test writes by hand. */

export const I32 = 0x7f;
export const I64 = 0x7e;
export const F32 = 0x7d;
export const F64 = 0x7c;
export const FUNCREF = 0x70;
/** Of a block without parameters and results. */
export const EMPTY = 0x40;
export const END = 0x0b;

export interface FunctionType {
  readonly params: readonly number[];
  readonly results: readonly number[];
}

export interface FunctionParts {
  /** The index of its type. */
  readonly type: number;
  /** The types of its locals beside the parameters. */
  readonly locals?: readonly number[];
  /** Its instructions with the last `end`. */
  readonly code: readonly number[];
}

export interface ModuleParts {
  /** Types of functions, or the bytes of other types. */
  readonly types?: readonly (FunctionType | readonly number[])[];
  /** Each is the bytes of an entry. */
  readonly imports?: readonly (readonly number[])[];
  readonly functions?: readonly FunctionParts[];
  readonly tables?: readonly (readonly number[])[];
  readonly memories?: readonly (readonly number[])[];
  readonly tags?: readonly number[];
  readonly globals?: readonly (readonly number[])[];
  /** The exported functions by name, with their index, and other exports as their kind and index. */
  readonly exports?: Readonly<Record<string, number | readonly [kind: number, index: number]>>;
  readonly start?: number;
  readonly elements?: readonly (readonly number[])[];
  readonly dataCount?: number;
  readonly data?: readonly (readonly number[])[];
  readonly custom?: Readonly<Record<string, readonly number[]>>;
}

export function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [0x80 + (value % 0x80), ...unsigned(Math.floor(value / 0x80))];
}

export function signed(value: number | bigint): number[] {
  const rest = BigInt(value);
  if (rest >= -64n && rest < 64n) return [Number(rest & 0x7fn)];
  return [0x80 + Number(rest & 0x7fn), ...signed(rest >> 7n)];
}

export function vector(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

export function text(value: string): number[] {
  const bytes = [...new TextEncoder().encode(value)];
  return [...unsigned(bytes.length), ...bytes];
}

export const i32Const = (value: number): number[] => [0x41, ...signed(value)];
export const i64Const = (value: number | bigint): number[] => [0x42, ...signed(value)];

export function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

export function importOf(module: string, name: string, description: readonly number[]): number[] {
  return [...text(module), ...text(name), ...description];
}

export const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

export function buildModule(parts: ModuleParts): Uint8Array<ArrayBuffer> {
  const { functions = [], dataCount, start } = parts;
  const list = (id: number, items: readonly (readonly number[])[] | undefined): number[] =>
    items === undefined || items.length === 0 ? [] : section(id, vector(items));
  const bytes = [
    ...HEADER,
    ...list(1, parts.types?.map(typeBytes)),
    ...list(2, parts.imports),
    ...list(
      3,
      functions.map(({ type }) => unsigned(type)),
    ),
    ...list(4, parts.tables),
    ...list(5, parts.memories),
    ...list(
      13,
      parts.tags?.map((type) => [0, ...unsigned(type)]),
    ),
    ...list(6, parts.globals),
    ...list(7, Object.entries(parts.exports ?? {}).map(exportBytes)),
    ...(start === undefined ? [] : section(8, unsigned(start))),
    ...list(9, parts.elements),
    ...(dataCount === undefined ? [] : section(12, unsigned(dataCount))),
    ...list(10, functions.map(functionBytes)),
    ...list(11, parts.data),
    ...Object.entries(parts.custom ?? {}).flatMap(([name, content]) => section(0, [...text(name), ...content])),
  ];
  return Uint8Array.from(bytes);
}

function typeBytes(type: FunctionType | readonly number[]): readonly number[] {
  if (!('params' in type)) return type;
  return [0x60, ...vector(type.params.map((one) => [one])), ...vector(type.results.map((one) => [one]))];
}

function exportBytes([name, target]: [string, number | readonly [kind: number, index: number]]): number[] {
  const [kind, index] = typeof target === 'number' ? [0, target] : target;
  return [...text(name), kind, ...unsigned(index)];
}

function functionBytes({ locals = [], code }: FunctionParts): number[] {
  const body = [...vector(locals.map((type) => [1, type])), ...code];
  return [...unsigned(body.length), ...body];
}
