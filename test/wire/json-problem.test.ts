import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { jsonProblem } from '../../src/wire/json-problem.ts';

const LIMITS = { maxLength: 1_000 };

describe('JSON', () => {
  test.each([[null], [5], ['text'], [[1, [2]]], [{ a: { b: true } }], [{ a: undefined }], [Object.create(null)]])(
    'is %j',
    (value) => {
      expect(jsonProblem(value, LIMITS)).toBeUndefined();
    },
  );

  test('may come from another realm', () => {
    expect(jsonProblem(runInNewContext('({ a: [1] })'), LIMITS)).toBeUndefined();
  });

  test('may hold one object twice, but not itself', () => {
    const shared = { a: 1 };
    expect(jsonProblem([shared, shared], LIMITS)).toBeUndefined();
  });

  test('has no text that is too long, and is not read beyond it', () => {
    let value: unknown = [];
    for (let level = 0; level < 60; level += 1) value = [value, value];
    expect(jsonProblem(value, LIMITS)).toBe('its text is longer than 1,000 characters');
  });

  test('is not nested too deep', () => {
    let value: unknown = [];
    for (let level = 0; level < 100; level += 1) value = [value];
    expect(jsonProblem(value, LIMITS)).toBe('it is nested deeper than 64 levels');
  });

  test('has infinite numbers only where they are allowed', () => {
    const value = { max: Number.POSITIVE_INFINITY };
    expect(jsonProblem(value, LIMITS)).toBe('max is Infinity, which is not a JSON number');
    expect(jsonProblem(value, { ...LIMITS, isInfinityAllowed: true })).toBeUndefined();
  });
});
