import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { argumentsBytes, dataSize } from '../../src/wire/data-size.ts';
import { jsonProblem } from '../../src/wire/json-problem.ts';

const MAX = 262_144;

describe('dataSize', () => {
  test.each([
    ['a number', 5, 8],
    ['a text', 'x'.repeat(100), 108],
    ['an object with its keys', { abc: 1 }, 8 + 3 + 8],
    ['a list', [1, 2, 3], 32],
    ['a list with holes', new Array(3), 32],
    ['a list with a field beside its items', Object.assign([1], { ['beside'.repeat(9)]: 'it' }), 8 + 8 + 54 + 10],
    ['an integer of any size', 1n << 8_000n, 8 + 1_000.5],
    ['an object without a prototype', Object.assign(Object.create(null), { abc: 1 }), 8 + 3 + 8],
    ['an object of another realm', runInNewContext('({ abc: 1 })'), 8 + 3 + 8],
  ])('counts %s', (_, value, bytes) => {
    expect(dataSize(value, 1e9)).toBe(bytes);
  });

  test.each([
    ['a view of a buffer', new Uint8Array(1_000).subarray(0, 1)],
    ['a buffer', new ArrayBuffer(1)],
    ['a map', new Map()],
    ['a text in an object', Object('text')],
    ['an expression', /x/],
    ['an error', new Error('x')],
    ['a date', new Date(0)],
    ['an object of a class', new (class Own {})()],
    ['a Proxy', new Proxy({}, {})],
  ])('cannot say what %s carries', (_, value) => {
    expect(dataSize(value, 1e9)).toBe(Number.POSITIVE_INFINITY);
    expect(dataSize({ a: [value] }, 1e9)).toBe(Number.POSITIVE_INFINITY);
  });

  test.each([
    ['a list that contains itself', () => loop()],
    ['lists of the same lists, 2^40 in all', () => Array.from({ length: 40 }).reduce((inner) => [inner, inner], 1)],
    ['a list of four thousand million holes', () => new Array(4_294_967_295)],
    ['an integer of a hundred million bits', () => 1n << 100_000_000n],
    ['a huge text', () => 'x'.repeat(100_000_000)],
    ['a hundred thousand keys', () => Object.fromEntries(Array.from({ length: 100_000 }, (_, key) => [`k${key}`, 1]))],
    ['a chain', () => Array.from({ length: 100_000 }).reduce((inner) => ({ inner }), null)],
  ])('stops at its limit for %s', (_, make) => {
    expect(dataSize(make(), 10_000)).toBeGreaterThan(10_000);
  });
});

describe('arguments that have crossed threads', () => {
  test('are JSON exactly when the slow check finds no problem', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
      withNullPrototype: true,
      maxDepth: 4,
    });
    fc.assert(
      fc.property(anything, (given) => {
        const value: unknown = structuredClone(given);
        const isJson = value === undefined || jsonProblem(value, { maxLength: MAX }) === undefined;
        expect(argumentsBytes([value], MAX) < Number.POSITIVE_INFINITY).toBe(isJson);
      }),
      { numRuns: 1_000 },
    );
  });

  test.each([
    ['a text', ['x'.repeat(100)], 8 + 108],
    ['numbers, and one that is left out', [1, undefined, 3], 8 + 24],
    ['very many', new Array<number>(30_000).fill(1), 8 + 30_000 * 8],
    ['an object with its keys', [{ abc: 1, gone: undefined }], 8 + 8 + 3 + 4 + 8],
  ])('are counted: %s', (_, args, bytes) => {
    expect(argumentsBytes(args, MAX)).toBe(bytes);
  });

  test.each([
    ['a text', 'args'],
    ['a list with a field beside its items', Object.assign([1], { hidden: 'x' })],
    ['a list in it with a field beside its items', [Object.assign([1], { hidden: 'x' })]],
    ['a text in an object', [Object('x'.repeat(1_000_000))]],
    ['a view of a buffer', [new Uint8Array(1_000_000).subarray(0, 1)]],
    ['an integer of many digits', [1n << 1_000_000n]],
    ['an expression', [new RegExp('x'.repeat(1_000_000))]],
  ])('are not JSON: %s', (_, args) => {
    expect(argumentsBytes(args, MAX)).toBe(Number.POSITIVE_INFINITY);
  });

  test('are looked at no further than the limit, also when they have the same part again and again', () => {
    let shared: unknown = [1];
    for (let level = 0; level < 60; level += 1) shared = [shared, shared];
    for (const long of [[shared], new Array(4_294_967_295), ['x'.repeat(MAX)], [{ ['k'.repeat(MAX)]: new Map() }]]) {
      const bytes = argumentsBytes(long, MAX);
      expect(bytes).toBeGreaterThan(MAX);
      expect(bytes).toBeLessThan(Number.POSITIVE_INFINITY);
    }
  });
});

function loop(): unknown[] {
  const list: unknown[] = [];
  list.push(list, list);
  return list;
}
