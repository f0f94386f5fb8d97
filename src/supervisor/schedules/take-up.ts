import { isSameCalendar, type ScheduleState } from '../../machines/schedule-state.ts';
import { declaredTimes } from './definition.ts';
import type { LiveSchedule } from './registry.ts';

/**
 * Takes a schedule up where an earlier supervisor left it. What fell due since then was missed, unless the calendar is
 * another one now, or the schedule was disabled: then it has missed nothing.
 */
export function takeUp(record: LiveSchedule, known: ScheduleState, nowMs: number): void {
  const isContinued = isSameCalendar(known.declared, declaredTimes(record.definition)) && known.declared.isEnabled;
  record.countsFromMs = isContinued ? known.createdAtMs : nowMs;
  record.cursorMs = isContinued ? known.cursorMs : Math.max(known.cursorMs, nowMs);
  record.owed = isContinued ? (known.owed ?? null) : null;
  record.createdAtMs = known.createdAtMs;
  record.dueCount = known.dueCount;
  record.runCount = known.runCount;
  record.outcomes = { ...known.outcomes };
  record.failuresInRow = known.failuresInRow;
  record.lastRun = known.lastRun ?? null;
  record.lastFailure = known.lastFailure ?? null;
  record.pause = known.pause ?? null;
  if (known.pause !== undefined) record.resting = 'paused';
}
