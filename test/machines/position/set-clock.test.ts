import { describe, expect, test } from 'vitest';
import { countsAsRunUntilMs, passOf } from '../../../src/machines/position/repeat.ts';
import { repositioningFor } from '../../../src/machines/position/set-clock.ts';
import { fold, type ScheduleState } from '../../../src/machines/schedule-state.ts';
import { moved, registered } from '../../support/ledger-entries.ts';

const SECOND = 1_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 2, 5, 10);

function stateAt(cursorMs: number): ScheduleState {
  return fold(fold(undefined, registered(0)), moved(cursorMs)) as ScheduleState;
}

function changeOf(aheadMs: number, view: { readonly isFixedTime?: boolean; readonly byMs?: number } = {}) {
  const cursorMs = NOW + aheadMs;
  return repositioningFor(stateAt(cursorMs), { nowMs: NOW, plannedMs: cursorMs, isFixedTime: false, ...view });
}

describe('repositioningFor', () => {
  test.each([
    [-HOUR, 'none', 'none'],
    [10 * SECOND, 'none', 'none'],
    [11 * SECOND, 'repeated', 'kept'],
    [HOUR, 'repeated', 'kept'],
    [3 * HOUR, 'repeated', 'kept'],
    [3 * HOUR + 1, 'anew', 'anew'],
    [72 * 365 * DAY, 'anew', 'anew'],
  ])('%i ms ahead: %s, and %s for fixed times', (aheadMs, wildcard, fixedTime) => {
    const change = changeOf(aheadMs);
    expect(change?.how ?? 'none').toBe(wildcard);
    expect(changeOf(aheadMs, { isFixedTime: true })?.how ?? 'none').toBe(fixedTime);
    if (change !== null) expect(change).toMatchObject({ cursorMs: NOW, fromMs: NOW + aheadMs, inPass: 1 });
  });

  test('goes by the step of the clock if that was longer', () => {
    expect(changeOf(HOUR, { byMs: -4 * HOUR })).toMatchObject({ how: 'anew', byMs: -4 * HOUR });
    expect(changeOf(HOUR, { byMs: 4 * HOUR })).toMatchObject({ how: 'repeated' });
    expect(changeOf(-HOUR, { byMs: -4 * HOUR })).toBeNull();
  });

  test('sees what was planned and is not written yet', () => {
    const view = { nowMs: NOW, plannedMs: NOW + HOUR, isFixedTime: false };
    expect(repositioningFor(stateAt(NOW), view)).toMatchObject({ fromMs: NOW + HOUR, cursorMs: NOW });
  });

  test('leaves alone where an operator has placed it, until it has moved on', () => {
    const view = { nowMs: NOW, plannedMs: NOW, isFixedTime: false };
    const placedMs = NOW + HOUR;
    expect(repositioningFor({ ...stateAt(placedMs), placedMs }, view)).toBeNull();
    expect(repositioningFor({ ...stateAt(placedMs + HOUR), placedMs }, view)).toMatchObject({ how: 'repeated' });
  });

  test('keeps the position when only a pause lies in the future', () => {
    const view = { nowMs: NOW, plannedMs: 0, isFixedTime: false };
    const state = { ...stateAt(NOW - HOUR), pause: { atMs: NOW + HOUR } };
    expect(repositioningFor(state, view)).toMatchObject({ how: 'kept', cursorMs: NOW - HOUR });
  });

  test('begins anew under another expression', () => {
    const cursorMs = NOW + HOUR;
    const view = { nowMs: NOW, plannedMs: cursorMs, isFixedTime: true, isChanged: true };
    expect(repositioningFor(stateAt(cursorMs), view)).toMatchObject({ how: 'anew', cursorMs: NOW });
  });
});

describe('what an earlier pass has done', () => {
  test.each([
    ['nothing was set back', undefined, NOW, Number.NEGATIVE_INFINITY],
    ['a small step', { pass: 2, untilMs: NOW, ranUntilMs: NOW }, NOW - HOUR, NOW],
    ['a long step, still behind it', { pass: 2, untilMs: NOW }, NOW - DAY, Number.NEGATIVE_INFINITY],
    ['a long step, and right again', { pass: 2, untilMs: NOW }, NOW, NOW],
    ['an operator', { pass: 2, untilMs: NOW, isWanted: true as const }, NOW, Number.NEGATIVE_INFINITY],
  ])('counts as run: %s', (_what, repeat, nowMs, expected) => {
    expect(countsAsRunUntilMs(repeat, nowMs)).toBe(expected);
  });

  test('gives a pass only to what comes again', () => {
    const repeat = { pass: 3, untilMs: NOW };
    expect([passOf(repeat, NOW), passOf(repeat, NOW + 1), passOf(undefined, NOW)]).toEqual([3, undefined, undefined]);
  });
});
