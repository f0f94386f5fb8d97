/** Every event that the schedule machine knows, in each form that it tells apart. */
import type { ScheduleEvent } from '../../src/machines/schedule-events.ts';

const clockRun = { scheduledAtMs: 1_000, dueAtMs: 1_000, trigger: 'clock' } as const;
export const manualRun = { ...clockRun, trigger: 'manual' } as const;
const lockError = { name: 'Error', message: 'no backend' };

export const EVENTS: readonly ScheduleEvent[] = [
  { type: 'occurrence.due', occurrence: clockRun },
  { type: 'occurrence.due', occurrence: manualRun },
  { type: 'lock.granted' },
  { type: 'lock.contended' },
  { type: 'lock.failed', error: lockError },
  { type: 'lock.lost' },
  { type: 'run.rejected' },
  { type: 'run.started' },
  { type: 'run.reported', settlement: { outcome: 'succeeded' }, isQuarantined: false },
  { type: 'run.reported', settlement: { outcome: 'timed-out' }, isQuarantined: true },
  { type: 'run.recorded' },
  { type: 'thread.released' },
  { type: 'abort.requested', reason: 'stop' },
  { type: 'schedule.paused' },
  { type: 'schedule.resumed' },
  { type: 'schedule.faulted', reason: 'stuck' },
  { type: 'schedule.removed' },
];
