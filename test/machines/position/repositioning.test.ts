import { describe, expect, test } from 'vitest';
import type { Repositioning } from '../../../src/machines/position/repositioning.ts';
import type { ScheduleEntry } from '../../../src/machines/schedule-entries.ts';
import { lifeEvents } from '../../../src/machines/schedule-life.ts';
import { fold, type ScheduleState } from '../../../src/machines/schedule-state.ts';
import {
  claimed,
  decided,
  KEY,
  moved,
  overlapAt,
  recordOf,
  registered,
  settled,
} from '../../support/ledger-entries.ts';

const lost = (runId: string, atMs: number): ScheduleEntry =>
  settled(recordOf(runId, atMs, { outcome: 'lost' }), { isOwed: true });

function repositionedTo(cursorMs: number, own: Partial<Repositioning> = {}): ScheduleEntry & { kind: 'repositioned' } {
  const change = { key: KEY, atMs: cursorMs, how: 'repeated', fromMs: 0, cursorMs, inPass: 1 } as const;
  return { kind: 'repositioned', ...change, ...own };
}

function stateOf(...entries: ScheduleEntry[]): ScheduleState {
  let state = fold(undefined, registered(0));
  for (const entry of entries) state = fold(state, entry);
  return state as ScheduleState;
}

/** A schedule that ran up to 10,000 and was set back to 4,000. */
const setBack = (own: Partial<Repositioning> = {}): ScheduleState => stateOf(moved(10_000), repositionedTo(4_000, own));

describe('a position that is set back', () => {
  test.each([
    ['repeated', { pass: 2, untilMs: 10_000, ranUntilMs: 10_000 }],
    ['anew', { pass: 2, untilMs: 10_000 }],
    ['placed', { pass: 2, untilMs: 10_000, isWanted: true }],
  ] as const)('begins a pass (%s)', (how, repeat) => {
    expect(setBack({ how })).toMatchObject({ cursorMs: 4_000, repeat });
    expect(Object.keys(setBack({ how }).repeat ?? {})).toEqual(Object.keys(repeat));
  });

  test('reaches as far as was planned, which may be ahead of what was written', () => {
    expect(setBack({ fromMs: 11_000 }).repeat).toEqual({ pass: 2, untilMs: 11_000, ranUntilMs: 11_000 });
  });

  test('behind a run that is being claimed begins a pass too, and that claim does not pull it ahead', () => {
    const state = stateOf(moved(3_000), repositionedTo(4_000, { fromMs: 11_000 }));
    expect(state).toMatchObject({ cursorMs: 4_000, repeat: { pass: 2, untilMs: 11_000 } });
    expect(fold(state, claimed(recordOf('late', 11_000)))).toMatchObject({ cursorMs: 4_000, dueCount: 1 });
  });

  test('a second time keeps how far the first pass came', () => {
    const state = fold(setBack(), repositionedTo(1_000, { inPass: 2 }));
    expect(state).toMatchObject({ cursorMs: 1_000, repeat: { pass: 3, untilMs: 10_000, ranUntilMs: 10_000 } });
  });

  test('in a pass that is over changes nothing, and is no event', () => {
    const state = setBack();
    const late = repositionedTo(1_000, { inPass: 1 });
    expect(fold(state, late)).toBe(state);
    expect(lifeEvents(state, late)).toEqual([]);
  });

  test('is an event in the life of the schedule', () => {
    const entry = repositionedTo(4_000, { byMs: -6_000 });
    const position = { how: 'repeated', fromMs: 10_000, cursorMs: 4_000, byMs: -6_000, pass: 2 };
    expect(lifeEvents(stateOf(moved(10_000)), entry)).toEqual([
      { key: KEY, atMs: 4_000, kind: 'repositioned', position },
    ]);
  });

  test.each([
    ['a claim', claimed(recordOf('late', 10_000))],
    ['the end of a run that was never claimed', settled(recordOf('late', 10_000), { isUnclaimed: true })],
    ['a decision', decided(overlapAt(9_000))],
  ])('is not moved by %s that was planned before', (_what, entry) => {
    expect(fold(setBack(), entry)).toMatchObject({ cursorMs: 4_000, dueCount: 1 });
  });

  test.each([
    ['a claim', claimed(recordOf('now', 5_000, { pass: 2 })), 5_000],
    ['a decision', decided(overlapAt(6_000, { pass: 2 })), 6_000],
    ['a claim of what comes for the first time', claimed(recordOf('new', 11_000)), 11_000],
  ])('is moved by %s of its pass', (_what, entry, cursorMs) => {
    expect(fold(setBack(), entry)).toMatchObject({ cursorMs });
  });

  test('keeps a lost run until its occurrence, or a later one, has come again', () => {
    const state = stateOf(moved(8_000), lost('a', 8_000), repositionedTo(4_000));
    expect(state.owed).toEqual({ runId: 'a', scheduledAtMs: 8_000 });
    expect(fold(state, claimed(recordOf('b', 5_000, { pass: 2 })))?.owed).toEqual(state.owed);
    expect(fold(state, claimed(recordOf('b', 8_000, { pass: 2 })))?.owed).toBeUndefined();
    expect(fold(state, moved(7_000))?.owed).toEqual(state.owed);
    expect(fold(state, moved(9_000))?.owed).toBeUndefined();
  });

  test('makes what was written in the future happen now', () => {
    const pause = { atMs: 9_000, note: 'ahead', probeAtMs: 9_500 };
    const state = stateOf({ kind: 'paused', key: KEY, pause }, moved(10_000));
    const righted = fold({ ...state, createdAtMs: 8_000 }, repositionedTo(4_000));
    expect(righted).toMatchObject({ createdAtMs: 4_000, pause: { atMs: 4_000, note: 'ahead', probeAtMs: 4_500 } });
  });
});

describe('a position that is kept', () => {
  test('stays, and is an event all the same', () => {
    const state = stateOf(moved(10_000));
    const entry = repositionedTo(10_000, { how: 'kept', atMs: 4_000, byMs: -6_000 });
    expect(fold(state, entry)).toBe(state);
    expect(lifeEvents(state, entry)).toMatchObject([{ atMs: 4_000, position: { how: 'kept', fromMs: 10_000 } }]);
  });
});

describe('a position that an operator sets', () => {
  test('ahead is marked as meant, and gives up a lost run', () => {
    const state = stateOf(moved(8_000), lost('a', 8_000), repositionedTo(20_000, { how: 'placed', atMs: 9_000 }));
    expect(state).toMatchObject({ cursorMs: 20_000, placedMs: 20_000 });
    expect([state.owed, state.repeat]).toEqual([undefined, undefined]);
  });

  test('counts whatever the pass is', () => {
    const { inPass: _, ...entry } = repositionedTo(1_000, { how: 'placed' });
    expect(fold(setBack(), entry)).toMatchObject({ cursorMs: 1_000, repeat: { pass: 3, isWanted: true } });
  });
});
