import { describe, expect, test } from 'vitest';
import { isAdmitted } from '../../../src/machines/admission.ts';
import type { ScheduleEntry } from '../../../src/machines/schedule-entries.ts';
import { fold, type ScheduleState } from '../../../src/machines/schedule-state.ts';
import { canBeSilent, lastSuccessMs, silentFromMs } from '../../../src/machines/watching/silence.ts';
import { DECLARED, KEY, overlapAt, recordOf, registered, settled } from '../../support/ledger-entries.ts';

const LIMIT = 10_000;
const FROM_START = { sinceMs: 0, hasRun: true };

function stateAfter(...entries: readonly ScheduleEntry[]): ScheduleState {
  return [registered(0), ...entries].reduce<ScheduleState | undefined>(fold, undefined) as ScheduleState;
}

const success = (atMs: number): ScheduleEntry => settled(recordOf(`run-${atMs}`, atMs, { finishedAtMs: atMs }));
const failure = (atMs: number): ScheduleEntry =>
  settled(recordOf(`run-${atMs}`, atMs, { finishedAtMs: atMs, outcome: 'failed' }));
const silent = (atMs: number, lastSuccessAtMs?: number): ScheduleEntry => ({
  kind: 'silent',
  key: KEY,
  atMs,
  ...(lastSuccessAtMs !== undefined && { lastSuccessAtMs }),
});
const resumed = (atMs: number, isProbe = false): ScheduleEntry => ({ kind: 'resumed', key: KEY, atMs, isProbe });
const paused = (atMs: number): ScheduleEntry => ({ kind: 'paused', key: KEY, pause: { atMs } });

describe('when a schedule is silent', () => {
  test('counts from when it was first known, until a run succeeds', () => {
    expect(silentFromMs(stateAfter(failure(3_000)), LIMIT, FROM_START)).toBe(10_000);
    expect(silentFromMs(stateAfter(success(3_000), failure(5_000)), LIMIT, FROM_START)).toBe(13_000);
  });

  test('counts from when it was resumed or enabled, but not from a probe', () => {
    expect(silentFromMs(stateAfter(success(1_000), paused(2_000), resumed(9_000)), LIMIT, FROM_START)).toBe(19_000);
    expect(silentFromMs(stateAfter(success(1_000), paused(2_000), resumed(9_000, true)), LIMIT, FROM_START)).toBe(
      11_000,
    );
    const disabled = registered(2_000, { declared: { ...DECLARED, isEnabled: false } });
    expect(silentFromMs(stateAfter(success(1_000), disabled, registered(7_000)), LIMIT, FROM_START)).toBe(17_000);
  });

  test('counts from the start of the node until a run has ended on it', () => {
    const state = stateAfter(success(1_000));
    expect(silentFromMs(state, LIMIT, { sinceMs: 50_000, hasRun: false })).toBe(60_000);
    expect(silentFromMs(state, LIMIT, { sinceMs: 50_000, hasRun: true })).toBe(11_000);
  });

  test('does not take a success of an earlier release, whose instant is unknown, for none', () => {
    const { lastSuccessAtMs: _, ...old } = stateAfter(success(1_000), failure(2_000));
    expect(silentFromMs(old, LIMIT, { sinceMs: 50_000, hasRun: true })).toBe(60_000);
    const { lastSuccessAtMs: __, ...succeededLast } = stateAfter(success(1_000));
    expect(lastSuccessMs(succeededLast)).toBe(1_000);
  });

  test('counts anew where another node took an occurrence, whose end this one never hears of', () => {
    const contended = overlapAt(4_000, { outcome: 'contended' });
    const state = stateAfter({ kind: 'decided', decision: contended });
    expect(silentFromMs(state, LIMIT, FROM_START)).toBe(14_000);
    const shared = stateAfter({ kind: 'decided', decision: contended, basis: { cursorMs: 0 } });
    expect(silentFromMs(shared, LIMIT, FROM_START)).toBe(10_000);
  });

  test('a paused or disabled schedule is quiet on purpose', () => {
    const disabled = registered(1_000, { declared: { ...DECLARED, isEnabled: false } });
    expect(canBeSilent(stateAfter(success(1_000)))).toBe(true);
    expect(canBeSilent(stateAfter(paused(1_000)))).toBe(false);
    expect(canBeSilent(stateAfter(disabled))).toBe(false);
    expect(stateAfter(silent(9_000), paused(9_500)).silentSinceMs).toBeUndefined();
    expect(stateAfter(silent(9_000), disabled).silentSinceMs).toBeUndefined();
  });

  test('a schedule stays silent until a run succeeds', () => {
    expect(stateAfter(silent(9_000), silent(9_900), failure(9_950)).silentSinceMs).toBe(9_000);
    expect(stateAfter(silent(9_000), success(9_900)).silentSinceMs).toBeUndefined();
  });

  test('a clock that is set back leaves no success in the future', () => {
    const kept = { kind: 'repositioned', key: KEY, how: 'kept', atMs: 5_000, fromMs: 8_000, cursorMs: 5_000 } as const;
    const state = stateAfter(success(8_000), kept);
    expect(state.lastSuccessAtMs).toBe(5_000);
  });

  test('of several nodes one says so, and none that has not heard of a success', () => {
    const state = stateAfter(success(1_000));
    const open = { isBusy: false, isOpen: false };
    expect(isAdmitted(state, silent(20_000, 1_000), open)).toBe(true);
    expect(isAdmitted(fold(state, silent(20_000, 1_000)), silent(20_001, 1_000), open)).toBe(false);
    expect(isAdmitted(state, silent(20_000), open)).toBe(false);
    expect(isAdmitted(undefined, silent(20_000), open)).toBe(false);
  });
});
