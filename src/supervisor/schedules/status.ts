import type { ScheduleStateName, ScheduleStatus } from '../scheduler-reports.ts';
import type { LiveSchedule } from './live-schedule.ts';

/** What the host sees of a schedule whose machine is in `state`. */
export function scheduleStatus(schedule: LiveSchedule, state: string, isActive: boolean): ScheduleStatus {
  const { definition, faultReason } = schedule;
  const { pause, createdAtMs, dueCount, runCount, outcomes, failuresInRow, lastRun, lastFailure } = schedule.state;
  const { key, identity, declared, times, isEnabled, recurrence } = definition;
  const isDisabled = !isEnabled && state === 'idle';
  return {
    key,
    ...identity,
    ...(declared.description !== undefined && { description: declared.description }),
    cron: times.cron,
    timezone: times.timezone,
    jitterMs: times.jitterMs,
    missedRunPolicy: times.missedRunPolicy,
    state: isDisabled ? 'disabled' : (state as ScheduleStateName),
    ...(faultReason !== null && { faultReason }),
    ...(pause !== undefined && { pause }),
    nextOccurrenceAtMs: isActive ? recurrence.next(schedule.position.cursorMs) : null,
    createdAtMs,
    dueCount,
    runCount,
    outcomes: { ...outcomes },
    failuresInRow,
    ...(lastRun !== undefined && { lastRun }),
    ...(lastFailure !== undefined && { lastFailure }),
  };
}
