import { describe, expect, test } from 'vitest';
import { Interpreter } from '../support/wasm/interpreter.ts';
import { MeteredModule } from '../support/wasm/metering.ts';
import { buildModule, EMPTY, END, type FunctionParts, I32, i32Const } from '../support/wasm/module-builder.ts';

const EXNREF = 0x69;
/** The functions of every module: `run`, and this one, which takes as many turns of a loop as asked, and then throws. */
const SPEND_AND_THROW = 1;
const NO_VALUE = 0;
const WITH_VALUE = 1;
/** Locals of `run`: its turns, how often it counted, an exception. */
const TURNS = 0;
const COUNT = 1;
const EXCEPTION = 2;

const spendAndThrow: FunctionParts = {
  type: 1,
  code: [
    ...[0x03, EMPTY, 0x20, 0, ...i32Const(1), 0x6b, 0x22, 0, ...i32Const(0), 0x4a, 0x0d, 0, END],
    // With a number below zero it throws a value, too.
    ...[0x20, 0, ...i32Const(0), 0x48, 0x04, EMPTY, ...i32Const(7), 0x08, WITH_VALUE, END],
    ...[0x08, NO_VALUE, END],
  ],
};

const spend = (turns: number): number[] => [...i32Const(turns), 0x10, SPEND_AND_THROW];
const tryTable = (clauses: readonly (readonly number[])[], body: readonly number[]): number[] => [
  ...[0x1f, EMPTY, clauses.length, ...clauses.flat()],
  ...body,
  END,
];
const block = (type: number, ...body: readonly number[]): number[] => [0x02, type, ...body, END];
const count = [0x20, COUNT, ...i32Const(1), 0x6a, 0x21, COUNT];

/** Types: 0 is [] → [], 1 [i32] → [], 2 [i32] → [i32]. Does `body` as often as asked, and returns how often it counted. */
function moduleOf(body: readonly number[], isLegacy: boolean): Uint8Array<ArrayBuffer> {
  const turn = [0x20, TURNS, ...i32Const(1), 0x6b, 0x22, TURNS, ...i32Const(0), 0x4a, 0x0d, 0];
  const code = [0x03, EMPTY, ...body, ...turn, END, 0x20, COUNT, END];
  return buildModule({
    types: [
      { params: [], results: [] },
      { params: [I32], results: [] },
      { params: [I32], results: [I32] },
    ],
    functions: [{ type: 2, locals: isLegacy ? [I32] : [I32, EXNREF], code }, spendAndThrow],
    tags: [0, 1],
    exports: { run: 0 },
  });
}

const caught = (type: number, clause: readonly number[], body: readonly number[]): number[] => [
  ...block(type, ...tryTable([clause], [...body, 0x00]), 0x00),
  ...(type === EMPTY ? [] : [0x1a]),
  ...count,
];

/** By `try_table`. Behind each call stands `unreachable`, which is paid in advance: 1 too much for each exception. */
const BY_TABLE: Readonly<Record<string, readonly number[]>> = {
  catch_all: caught(EMPTY, [2, 0], spend(50)),
  catch: caught(EMPTY, [0, NO_VALUE, 0], spend(50)),
  'catch of a value': caught(I32, [0, WITH_VALUE, 0], spend(-9)),
  catch_ref: caught(EXNREF, [1, NO_VALUE, 0], spend(50)),
  catch_all_ref: caught(EXNREF, [3, 0], spend(50)),
  'a try_table around one that does not catch it': caught(
    EMPTY,
    [2, 0],
    [...block(I32, ...tryTable([[0, WITH_VALUE, 0]], [...spend(50), 0x00]), 0x00), 0x1a],
  ),
};

/** What a loop executes that keeps the fuel in a local: nothing in it goes on behind a call. */
const innerLoop = [
  ...[...i32Const(9), 0x21, COUNT, 0x03, EMPTY],
  ...block(EMPTY, ...tryTable([[2, 0]], [...spend(20), 0x00]), 0x00),
  ...[0x20, COUNT, ...i32Const(1), 0x6b, 0x22, COUNT, 0x0d, 0, END],
];

/** Ways on which something is left behind that was paid for in advance. */
const MORE_BY_TABLE: Readonly<Record<string, readonly number[]>> = {
  'a block that may end otherwise': [...block(EMPTY, ...tryTable([[2, 0]], spend(50))), ...count],
  'the label of a loop': [
    ...[0x03, EMPTY, ...count, 0x20, COUNT, ...i32Const(1), 0x71, 0x04, EMPTY],
    ...tryTable([[2, 1]], spend(50)),
    ...[END, END],
  ],
  'the label of an if': [0x20, TURNS, 0x04, EMPTY, ...tryTable([[2, 0]], spend(50)), END, ...count],
  'an exception thrown again': [
    ...block(
      EMPTY,
      ...tryTable([[2, 0]], [...block(EXNREF, ...tryTable([[3, 0]], spend(50)), 0x00), 0x22, EXCEPTION, 0x0a]),
    ),
    ...count,
  ],
  'a loop that keeps the fuel in a local': innerLoop,
  'a direct throw behind a call that throws': [
    ...block(EMPTY, ...tryTable([[2, 0]], [...block(EMPTY, ...tryTable([[2, 0]], spend(50))), 0x08, NO_VALUE])),
    ...count,
  ],
};

const CATCH_ALL = 0x19;
const DELEGATE = 0x18;
const attempt = (...body: readonly number[]): number[] => [0x06, EMPTY, ...body];
const LEGACY: Readonly<Record<string, readonly number[]>> = {
  catch: attempt(...spend(50), 0x07, NO_VALUE, ...count, END),
  'catch of a value': attempt(...spend(-9), 0x07, WITH_VALUE, 0x1a, ...count, END),
  catch_all: attempt(...spend(50), 0x07, WITH_VALUE, 0x1a, CATCH_ALL, ...count, END),
  delegate: attempt(...attempt(...spend(50), DELEGATE, 0), CATCH_ALL, ...count, END),
  'delegate past a handler': attempt(
    ...attempt(...attempt(...spend(50), DELEGATE, 1), CATCH_ALL, 0x00, END),
    ...[CATCH_ALL, ...count, END],
  ),
  rethrow: attempt(...attempt(...spend(50), CATCH_ALL, ...spend(-1), END), CATCH_ALL, ...count, END),
  'rethrow of what was caught': attempt(
    ...attempt(...spend(50), CATCH_ALL, 0x09, 0, END),
    ...[CATCH_ALL, ...count, END],
  ),
  'a call that ends in a trap': attempt(...spend(50), 0x00, CATCH_ALL, ...count, END),
};

const TURNS_OF_RUN = 10;

/** What a run pays beyond what it executes. The results are those of the interpreter. */
function excess(body: readonly number[], isLegacy: boolean): number {
  const bytes = moduleOf(body, isLegacy);
  const interpreter = new Interpreter(bytes);
  const module = new MeteredModule(bytes);
  const outcome = module.call('run', [TURNS_OF_RUN]);
  expect(outcome.error).toBeNull();
  expect(outcome.results).toEqual(interpreter.call('run', [TURNS_OF_RUN]));
  expect(module.call('run', [TURNS_OF_RUN], outcome.used)).toEqual(outcome);
  expect(module.call('run', [TURNS_OF_RUN], outcome.used - 1n)).toMatchObject({ isExhausted: true });
  return Number(outcome.used) - interpreter.count;
}

/** Each exception leaves at most behind what the code of the function costs once. Each turn has at most 9 of them. */
function expectBounded(value: number, body: readonly number[]): void {
  expect(value).toBeGreaterThanOrEqual(0);
  expect(value).toBeLessThanOrEqual(TURNS_OF_RUN * 9 * body.length);
}

describe('what was used before an exception stays used', () => {
  test.each(Object.entries(BY_TABLE))('at a label of try_table, by %s', (_what, body) => {
    expect(excess(body, false)).toBe(TURNS_OF_RUN);
  });

  test.each(Object.entries(MORE_BY_TABLE))('at a label of try_table: %s', (_what, body) => {
    expectBounded(excess(body, false), body);
  });

  test.each(Object.entries(LEGACY))('in a handler: %s', (_what, body) => {
    expectBounded(excess(body, true), body);
  });
});
