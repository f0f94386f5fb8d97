import type { Occurrence } from '../run.ts';
import type { MissedRunRules, Recurrence } from './due-plan.ts';

/** A schedule whose missed occurrence was found, and when, epoch milliseconds. */
interface Finding {
  readonly recurrence: Recurrence;
  readonly rules: MissedRunRules;
  /** The longest jitter that it was declared with, in milliseconds. */
  readonly jitterMs: number;
  readonly nowMs: number;
}

/**
 * When a missed occurrence is to be made up for, epoch milliseconds. It keeps its jitter, so that the schedules that
 * missed something together do not start together: the jitter counts from when it was found. It ends halfway to the
 * next occurrence at the latest, which would run in its place, and before the missed one is too old. A recovery starts
 * at once: a process leaves only as many lost runs as it worked on.
 */
export function catchUpTime(run: Occurrence, { recurrence, rules, jitterMs, nowMs }: Finding): number {
  const { scheduledAtMs, recoveryOf } = run;
  if (jitterMs === 0 || recoveryOf !== undefined) return nowMs;
  const ownMs = recurrence.dueAt(scheduledAtMs) - scheduledAtMs;
  const mostMs = Math.min(jitterMs, (nextDue(recurrence, scheduledAtMs, nowMs) - nowMs) / 2, keptMs(run, rules, nowMs));
  return nowMs + ownMs * (Math.max(mostMs, 0) / jitterMs);
}

/** When the schedule falls due next: the last occurrence may still have its jitter to wait for. */
function nextDue(recurrence: Recurrence, scheduledAtMs: number, nowMs: number): number {
  const lastMs = recurrence.previous(nowMs, scheduledAtMs);
  const lastDueMs = lastMs === undefined ? nowMs : recurrence.dueAt(lastMs);
  return lastDueMs > nowMs ? lastDueMs : recurrence.dueAt(recurrence.next(nowMs));
}

/** How much longer it may be made up for. */
function keptMs({ scheduledAtMs }: Occurrence, { maxLateMs }: MissedRunRules, nowMs: number): number {
  return scheduledAtMs + maxLateMs - nowMs;
}
