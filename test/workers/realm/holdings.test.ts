import { describe, expect, test } from 'vitest';
import { leftBehind } from '../../../src/workers/realm/holdings.ts';

describe('what a run leaves active', () => {
  test.each([
    { before: [], now: [], left: null },
    { before: ['Timeout'], now: ['Timeout'], left: null },
    { before: ['Timeout', 'MessagePort'], now: ['MessagePort'], left: null },
    { before: ['Timeout'], now: ['Timeout', 'Timeout', 'Timeout'], left: '2 Timeout' },
    { before: ['MessagePort'], now: ['TCPServerWrap', 'MessagePort', 'Timeout'], left: '1 TCPServerWrap, 1 Timeout' },
  ])('$before, then $now', ({ before, now, left }) => {
    expect(leftBehind(before, now)).toBe(left);
  });
});
