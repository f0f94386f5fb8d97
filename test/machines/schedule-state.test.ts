import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../src/machines/run.ts';
import { fold, isContinued, type ScheduleState } from '../../src/machines/schedule-state.ts';
import { DECLARED, recordOf, registered, settled } from '../support/ledger-entries.ts';

/** A schedule after runs that ended so. */
function stateAfter(...outcomes: Outcome[]): ScheduleState {
  let state = fold(undefined, registered(0));
  for (const [index, outcome] of outcomes.entries()) {
    state = fold(state, settled(recordOf(`run-${index}`, 1_000 * (index + 1), { outcome })));
  }
  return state as ScheduleState;
}

describe('fold', () => {
  test.each([
    ['failed', 3],
    ['timed-out', 3],
    ['succeeded', 0],
    ['aborted', 2],
    ['lost', 2],
    ['lock-lost', 2],
  ] as const)('counts two failures in a row and a run that is %s as %i', (outcome, expected) => {
    expect(stateAfter('failed', 'crashed', outcome).failuresInRow).toBe(expected);
  });

  test('keeps the last failure when a run succeeds or is aborted', () => {
    const state = stateAfter('failed', 'succeeded', 'aborted');
    expect([state.lastFailure?.runId, state.lastRun?.runId]).toEqual(['run-0', 'run-2']);
  });
});

describe('fold of the same entry a second time', () => {
  test('gives the same object, so that a state that is kept twice exists once', () => {
    const entry = registered(0);
    const state = fold(undefined, entry);
    expect(fold(undefined, entry)).toBe(state);
    const end = settled(recordOf('run-0', 1_000));
    const after = fold(state, end);
    expect(fold(state, end)).toBe(after);
  });

  test('counts it again for a state that is another one', () => {
    const end = settled(recordOf('run-0', 1_000));
    const once = fold(stateAfter(), end);
    expect(fold(once, end)).toMatchObject({ runCount: 2, outcomes: { succeeded: 2 } });
    expect(fold(undefined, end)).toBeUndefined();
  });
});

describe('isContinued', () => {
  test.each([
    ['is declared as it was', {}, {}, true],
    ['has another jitter', {}, { jitterMs: 500 }, true],
    ['is disabled now', {}, { isEnabled: false }, true],
    ['has another expression', {}, { cron: '7s' }, false],
    ['has another time zone', {}, { timezone: 'Europe/Vienna' }, false],
    ['was disabled before', { isEnabled: false }, {}, false],
  ])('of a schedule that %s', (_what, before, now, expected) => {
    const state = { ...stateAfter(), declared: { ...DECLARED, ...before } };
    expect(isContinued(state, { ...DECLARED, ...now })).toBe(expected);
  });
});
