import type { ScheduleStateName, ScheduleStatus } from './protocol.ts';
import type { ScheduleRecord } from './schedule-registry.ts';

/** What the host is told of a schedule whose machine is in `state`. */
export function scheduleStatus(record: ScheduleRecord, state: string, isQueued: boolean): ScheduleStatus {
  const { definition, faultReason, cursorMs, dueCount, runCount, outcomes, lastRun } = record;
  const { key, identity, declared, timezone, isEnabled, recurrence } = definition;
  const isDisabled = !isEnabled && state === 'idle';
  return {
    key,
    ...identity,
    ...(declared.description !== undefined && { description: declared.description }),
    cron: declared.cron,
    timezone,
    state: isDisabled ? 'disabled' : (state as ScheduleStateName),
    ...(faultReason !== null && { faultReason }),
    nextOccurrenceAtMs: isQueued ? recurrence.next(cursorMs) : null,
    dueCount,
    runCount,
    outcomes,
    ...(lastRun !== null && { lastRun }),
  };
}
