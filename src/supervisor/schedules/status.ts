import { lastSuccessMs } from '../../machines/watching/silence.ts';
import type { ScheduleStateName, ScheduleStatus } from '../scheduler-reports.ts';
import type { LiveSchedule } from './live-schedule.ts';

/** A schedule that is disabled is at rest, and nothing of its own. */
export function stateNameOf({ definition }: LiveSchedule, state: string): ScheduleStateName {
  return !definition.isEnabled && state === 'idle' ? 'disabled' : (state as ScheduleStateName);
}

/** What the host sees of a schedule whose machine is in `state`. */
export function scheduleStatus(schedule: LiveSchedule, state: string, isActive: boolean): ScheduleStatus {
  const { definition, faultReason } = schedule;
  const { pause, createdAtMs, dueCount, runCount, outcomes, failuresInRow, lastRun, lastFailure } = schedule.state;
  const { silentSinceMs } = schedule.state;
  const lastSuccessAtMs = lastSuccessMs(schedule.state);
  const { key, identity, declared, times, recurrence } = definition;
  return {
    key,
    ...identity,
    ...(declared.description !== undefined && { description: declared.description }),
    cron: times.cron,
    timezone: times.timezone,
    jitterMs: times.jitterMs,
    missedRunPolicy: times.missedRunPolicy,
    state: stateNameOf(schedule, state),
    ...(faultReason !== null && { faultReason }),
    ...(pause !== undefined && { pause }),
    nextOccurrenceAtMs: isActive ? finite(recurrence.next(schedule.position.cursorMs)) : null,
    createdAtMs,
    dueCount,
    runCount,
    outcomes: { ...outcomes },
    failuresInRow,
    ...(lastRun !== undefined && { lastRun }),
    ...(lastFailure !== undefined && { lastFailure }),
    ...(lastSuccessAtMs !== undefined && { lastSuccessAtMs }),
    ...(declared.watch !== undefined && { watch: declared.watch }),
    ...(silentSinceMs !== undefined && { silentSinceMs }),
  };
}

/** Null for a schedule that does not fall due any more. */
function finite(atMs: number): number | null {
  return atMs === Number.POSITIVE_INFINITY ? null : atMs;
}
