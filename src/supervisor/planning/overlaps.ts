import type { ExecutedSpan } from '../../machines/missed-runs/due-plan.ts';
import type { ScheduleActors } from '../schedules/actor.ts';
import type { LiveSchedule } from '../schedules/live-schedule.ts';

/**
 * How long a run may have ended before its report arrives, on the slowest of machines. What fell due longer ago, beside
 * a run of whose end nothing is known, is an overlap: other nodes need not ask for it any longer.
 */
const REPORT_MS = 5_000;

/**
 * Until when an occurrence of `run-all` that is due waits for the run at hand, epoch milliseconds; null: it does not.
 *
 * It is an overlap only of a run that executed when it fell due. Until when a run did is known for certain when it has
 * ended: then the schedule is planned again. Infinity: no sooner than that.
 */
export function leftToRunUntil(schedule: LiveSchedule, actors: ScheduleActors): number | null {
  const { missed, key, recurrence } = schedule.definition;
  if (missed.policy !== 'run-all') return null;
  const work = actors.workOf(key);
  if (work === null) return null;
  schedule.isBehind ||= work === 'waits';
  if (schedule.isBehind || work === 'has-ended') return Number.POSITIVE_INFINITY;
  return recurrence.dueAt(recurrence.next(schedule.position.cursorMs)) + REPORT_MS;
}

/** Of a run that executes still, as far as is known: when it did for certain. */
export function executedFor(nowMs: number): ExecutedSpan {
  return { fromMs: Number.NEGATIVE_INFINITY, untilMs: nowMs - REPORT_MS + 1 };
}
