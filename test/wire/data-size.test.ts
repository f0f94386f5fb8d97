import { describe, expect, test } from 'vitest';
import { dataSize } from '../../src/wire/data-size.ts';

describe('dataSize', () => {
  test.each([
    ['a number', 5, 8],
    ['a text', 'x'.repeat(100), 108],
    ['an object with its keys', { abc: 1 }, 8 + 3 + 8],
    ['a list', [1, 2, 3], 32],
    ['a buffer', new Uint8Array(1_000), 1_008],
    ['a map', new Map([['k', 'v']]), 8 + 8 + 9 + 9],
  ])('counts %s', (_, value, bytes) => {
    expect(dataSize(value, 1e9)).toBe(bytes);
  });

  test.each([
    ['a list that contains itself', () => loop()],
    ['lists of the same lists, 2^40 in all', () => Array.from({ length: 40 }).reduce((inner) => [inner, inner], 1)],
    ['a list of four thousand million holes', () => new Array(4_294_967_295)],
    ['a huge text', () => 'x'.repeat(100_000_000)],
    ['a hundred thousand keys', () => Object.fromEntries(Array.from({ length: 100_000 }, (_, key) => [`k${key}`, 1]))],
    ['a chain', () => Array.from({ length: 100_000 }).reduce((inner) => ({ inner }), null)],
  ])('stops at its limit for %s', (_, make) => {
    expect(dataSize(make(), 10_000)).toBeGreaterThan(10_000);
  });
});

function loop(): unknown[] {
  const list: unknown[] = [];
  list.push(list, list);
  return list;
}
