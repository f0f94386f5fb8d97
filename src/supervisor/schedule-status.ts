import type { ScheduleStateName, ScheduleStatus } from './protocol.ts';
import type { ScheduleRecord } from './schedule-registry.ts';

/** What the host is told of a schedule whose machine is in `state`. */
export function scheduleStatus(record: ScheduleRecord, state: string, isActive: boolean): ScheduleStatus {
  const { definition, faultReason, cursorMs, dueCount, runCount, outcomes, lastRun } = record;
  const { key, identity, declared, timezone, isEnabled, policy, recurrence } = definition;
  const isDisabled = !isEnabled && state === 'idle';
  return {
    key,
    ...identity,
    ...(declared.description !== undefined && { description: declared.description }),
    cron: declared.cron,
    timezone,
    jitterMs: declared.jitterMs ?? 0,
    missedRunPolicy: policy,
    state: isDisabled ? 'disabled' : (state as ScheduleStateName),
    ...(faultReason !== null && { faultReason }),
    nextOccurrenceAtMs: isActive ? recurrence.next(cursorMs) : null,
    dueCount,
    runCount,
    outcomes: { ...outcomes },
    ...(lastRun !== null && { lastRun }),
  };
}
