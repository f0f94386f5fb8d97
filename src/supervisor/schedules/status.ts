import type { ScheduleStateName, ScheduleStatus } from '../scheduler-reports.ts';
import type { LiveSchedule } from './registry.ts';

/** What the host is told of a schedule whose machine is in `state`. */
export function scheduleStatus(record: LiveSchedule, state: string, isActive: boolean): ScheduleStatus {
  const { definition, faultReason, cursorMs, pause, createdAtMs, dueCount, runCount, outcomes } = record;
  const { failuresInRow, lastRun, lastFailure } = record;
  const { key, identity, declared, timezone, isEnabled, missed, recurrence } = definition;
  const isDisabled = !isEnabled && state === 'idle';
  return {
    key,
    ...identity,
    ...(declared.description !== undefined && { description: declared.description }),
    cron: declared.cron,
    timezone,
    jitterMs: declared.jitterMs ?? 0,
    missedRunPolicy: missed.policy,
    state: isDisabled ? 'disabled' : (state as ScheduleStateName),
    ...(faultReason !== null && { faultReason }),
    ...(pause !== null && { pause }),
    nextOccurrenceAtMs: isActive ? recurrence.next(cursorMs) : null,
    createdAtMs,
    dueCount,
    runCount,
    outcomes: { ...outcomes },
    failuresInRow,
    ...(lastRun !== null && { lastRun }),
    ...(lastFailure !== null && { lastFailure }),
  };
}
