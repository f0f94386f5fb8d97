import { describe, expect, test } from 'vitest';
import {
  isQuick,
  mayExpire,
  RUN_LOCK_TTL_MS,
  runLockTtlMs,
  SHORT_TTL_MS,
} from '../../../src/machines/turns/run-lock.ts';

describe('runLockTtlMs', () => {
  test.each([
    [1_000, 20, 950],
    [1_000, 250, 950],
    [1_000, 251, RUN_LOCK_TTL_MS],
    [1_000, undefined, RUN_LOCK_TTL_MS],
    [60_000, 0, SHORT_TTL_MS],
    [550, 0, 500],
    [549, 0, RUN_LOCK_TTL_MS],
    [-5, 0, RUN_LOCK_TTL_MS],
  ])('due again in %i ms, last run %s ms: %i ms', (untilNextMs, lastRunMs, ttlMs) => {
    expect(runLockTtlMs(untilNextMs, lastRunMs)).toBe(ttlMs);
  });
});

describe('mayExpire', () => {
  test.each([
    [900, 950, true],
    [950, 950, true],
    [951, 950, false],
    [2_000, 60_000, true],
    // Nobody else would want it for a minute, but a run by hand could not have it for so long.
    [2_001, 60_000, false],
    [10, 0, false],
  ])('expires in %i ms, wanted in %i ms: %s', (expiresInMs, untilNextMs, expected) => {
    expect(mayExpire(expiresInMs, untilNextMs)).toBe(expected);
  });
});

test('only a backend that has just answered fast is quick', () => {
  expect([null, 0, 50, 51].map(isQuick)).toEqual([false, true, true, false]);
});
