/** Lets the engine compute a single instruction. */
import { type Imports, instantiate, type Memory } from './engine.ts';
import type { Value } from './metering.ts';
import { buildModule, END, F32, F64, I32, I64, importOf, unsigned } from './module-builder.ts';
import type { Instruction } from './module-image.ts';

type Signature = readonly [params: readonly number[], result: number];
type Compute = (...values: readonly Value[]) => Value | undefined;

const binary = (type: number, result = type): Signature => [[type, type], result];
const unary = (type: number, result = type): Signature => [[type], result];

/** The first opcode of each run of instructions with the same signature. */
const NUMERIC: readonly (readonly [from: number, signature: Signature])[] = [
  [0x45, unary(I32)],
  [0x46, binary(I32)],
  [0x50, unary(I64, I32)],
  [0x51, binary(I64, I32)],
  [0x5b, binary(F32, I32)],
  [0x61, binary(F64, I32)],
  [0x67, unary(I32)],
  [0x6a, binary(I32)],
  [0x79, unary(I64)],
  [0x7c, binary(I64)],
  [0x8b, unary(F32)],
  [0x92, binary(F32)],
  [0x99, unary(F64)],
  [0xa0, binary(F64)],
  [0xa7, unary(I64, I32)],
  [0xa8, unary(F32, I32)],
  [0xaa, unary(F64, I32)],
  [0xac, unary(I32, I64)],
  [0xae, unary(F32, I64)],
  [0xb0, unary(F64, I64)],
  [0xb2, unary(I32, F32)],
  [0xb4, unary(I64, F32)],
  [0xb6, unary(F64, F32)],
  [0xb7, unary(I32, F64)],
  [0xb9, unary(I64, F64)],
  [0xbb, unary(F32, F64)],
  [0xbc, unary(F32, I32)],
  [0xbd, unary(F64, I64)],
  [0xbe, unary(I32, F32)],
  [0xbf, unary(I64, F64)],
  [0xc0, unary(I32)],
  [0xc2, unary(I64)],
];

const LAST_NUMERIC = 0xc4;
/** The types that loads and stores have, from 0x28. */
const LOADED = [I32, I64, F32, F64, I32, I32, I32, I32, I64, I64, I64, I64, I64, I64];
const STORED = [I32, I64, F32, F64, I32, I32, I64, I64, I64];

const computed = new Map<number, { readonly arity: number; readonly compute: Compute }>();
const accesses = new WeakMap<Memory, Map<string, { readonly arity: number; readonly compute: Compute }>>();

export function isNumeric(opcode: number): boolean {
  return opcode >= 0x45 && opcode <= LAST_NUMERIC;
}

export function signatureOf(opcode: number): Signature {
  return (NUMERIC.findLast(([from]) => from <= opcode) as (typeof NUMERIC)[number])[1];
}

/** Replaces the operands on the stack by the result. */
export function computeNumber(opcode: number, stack: Value[]): void {
  let entry = computed.get(opcode);
  if (entry === undefined) {
    const [params, result] = signatureOf(opcode);
    entry = { arity: params.length, compute: compile(params, [result], [opcode], {}) };
    computed.set(opcode, entry);
  }
  stack.push(entry.compute(...stack.splice(-entry.arity)) as Value);
}

export function accessMemory({ opcode, align, offset }: Instruction, stack: Value[], memory: Memory): void {
  const known = accesses.get(memory) ?? new Map();
  accesses.set(memory, known);
  const key = `${opcode}/${align}/${offset}`;
  const isLoad = opcode < 0x36;
  const entry = known.get(key) ?? {
    arity: isLoad ? 1 : 2,
    compute: compile(
      isLoad ? [I32] : [I32, STORED[opcode - 0x36] as number],
      isLoad ? [LOADED[opcode - 0x28] as number] : [],
      [opcode, ...unsigned(align), ...unsigned(offset)],
      { env: { memory } },
    ),
  };
  known.set(key, entry);
  const answer = entry.compute(...stack.splice(-entry.arity));
  if (isLoad) stack.push(answer as Value);
}

function compile(
  params: readonly number[],
  results: readonly number[],
  instruction: readonly number[],
  imports: Imports,
): Compute {
  const bytes = buildModule({
    types: [{ params, results }],
    imports: 'env' in imports ? [importOf('env', 'memory', [2, 0, 0])] : [],
    functions: [{ type: 0, code: [...params.flatMap((_, index) => [0x20, index]), ...instruction, END] }],
    exports: { compute: 0 },
  });
  return instantiate(bytes, imports).exports['compute'] as Compute;
}
