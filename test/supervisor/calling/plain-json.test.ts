import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPlainJson } from '../../../src/supervisor/calling/plain-json.ts';
import { jsonProblem } from '../../../src/wire/json-problem.ts';

const MAX = 262_144;

describe('a value that has crossed threads', () => {
  test('is JSON exactly when the slow check finds no problem', () => {
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
        expect(isPlainJson(value, MAX)).toBe(jsonProblem(value, { maxLength: MAX }) === undefined);
      }),
      { numRuns: 1_000 },
    );
  });

  test('is looked at no further than its limit, also when it has the same part again and again', () => {
    let shared: unknown = [1];
    for (let level = 0; level < 60; level += 1) shared = [shared, shared];
    expect(isPlainJson(shared, MAX)).toBe(false);
    expect(isPlainJson([1, 2], 3)).toBe(true);
    expect(isPlainJson([1, 2], 2)).toBe(false);
  });
});
