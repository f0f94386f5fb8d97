import { describe, expect, test } from 'vitest';
import { failuresAfter } from '../../src/machines/schedule-state.ts';
import { recordOf } from '../support/ledger-entries.ts';

describe('failuresAfter', () => {
  test.each([
    ['failed', 3],
    ['timed-out', 3],
    ['succeeded', 0],
    ['aborted', 2],
    ['lost', 2],
    ['lock-lost', 2],
  ] as const)('counts two failures in a row and a run that is %s as %i', (outcome, expected) => {
    expect(failuresAfter(2, recordOf('run', 1_000, { outcome }))).toBe(expected);
  });
});
