/**
 * What a schedule does when its position lies ahead of the clock, because the clock was set back. The rule is that of a
 * repeated hour (see `zoned-calendar.ts`): intervals and wildcards go on, and so run again what they ran; a fixed time
 * does not repeat; and a step of more than three hours is a new calendar for all.
 */
import { MAX_SHIFT_MS } from '../calendar/zoned-calendar.ts';
import type { ScheduleState } from '../schedule-state.ts';
import type { Repositioning } from './repositioning.ts';

/** A clock that is set by less, as time servers do, repeats nothing: schedules wait until that time has come again. */
export const TOLERATED_STEP_MS = 10_000;

/** When the position is looked at. Instants are epoch milliseconds. */
export interface ClockView {
  readonly nowMs: number;
  /** How far planning has come, which may be ahead of the state. */
  readonly plannedMs: number;
  /** By how much the clock was set just now, if that was noticed. Negative: back. */
  readonly byMs?: number;
  /** Whether the schedule does not fall due again in a repeated hour. */
  readonly isFixedTime: boolean;
  /** Whether it is declared with another expression or zone than before, and so begins anew in any case. */
  readonly isChanged?: boolean;
}

/** What to do about a position; null if it is not ahead, or is where an operator wants it. */
export function repositioningFor(state: ScheduleState, view: ClockView): Repositioning | null {
  const { nowMs, plannedMs, byMs, isFixedTime, isChanged = false } = view;
  const aheadMs = aheadOf(state, view);
  const isPauseAhead = state.pause !== undefined && state.pause.atMs > nowMs + TOLERATED_STEP_MS;
  if (aheadMs <= TOLERATED_STEP_MS && !isPauseAhead) return null;
  const change = {
    key: state.key,
    atMs: nowMs,
    fromMs: Math.max(state.cursorMs, plannedMs),
    inPass: state.repeat?.pass ?? 1,
    ...(byMs !== undefined && byMs < 0 && { byMs }),
  };
  const isNewCalendar = isChanged || Math.max(aheadMs, -(byMs ?? 0)) > MAX_SHIFT_MS;
  if (aheadMs <= TOLERATED_STEP_MS || (isFixedTime && !isNewCalendar)) {
    return { ...change, how: 'kept', cursorMs: state.cursorMs };
  }
  return { ...change, how: isNewCalendar ? 'anew' : 'repeated', cursorMs: nowMs };
}

/** How far the position is ahead of the clock. */
function aheadOf({ cursorMs, placedMs }: ScheduleState, { nowMs, plannedMs }: ClockView): number {
  return cursorMs === placedMs ? 0 : Math.max(cursorMs, plannedMs) - nowMs;
}
