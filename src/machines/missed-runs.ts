/**
 * What to do with the occurrences that fell due since the cursor. An occurrence is missed when it is found later than
 * `MISSED_AFTER_MS` after it was due: nothing was ticking. (A run that is still executing is another matter: overlap.)
 *
 * - `skip`: missed occurrences do not run; they are told once, with their count.
 * - `run-once`: the newest missed one runs as a catch-up for all of them. If another is due right now, that one runs,
 *   as an ordinary run that tells how many were missed before it.
 * - `run-all`: every one runs, oldest first. Only the first is planned here: the next is planned when it has settled,
 *   so that a gap of any length takes no memory.
 *
 * Pure: the recurrence comes in as functions.
 */
import type { MissedRunPolicy } from '../plugin.ts';
import type { Occurrence } from './run.ts';

/** Later than this an occurrence is missed; sooner it is an ordinary run that starts late. */
export const MISSED_AFTER_MS = 1_000;

/** Up to this many missed occurrences are counted one by one; a longer gap is told as this many. */
export const MISSED_COUNT_LIMIT = 100_000;

/** One schedule's sequence of occurrences. */
export interface Recurrence {
  /** The first occurrence after `fromMs`. */
  next(fromMs: number): number;
  /** The last occurrence in (sinceMs, atMs]. */
  previous(atMs: number, sinceMs: number): number | undefined;
  /** How many occurrences lie in (afterMs, untilMs], at most `limit`. */
  count(afterMs: number, untilMs: number, limit: number): number;
  /** When an occurrence is to start: itself plus its jitter. */
  dueAt(occurrenceMs: number): number;
}

/** Occurrences that will not run. Instants are the first and the last of them. */
export interface MissedSpan {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly count: number;
}

export interface DuePlan {
  readonly run?: Occurrence;
  readonly skipped?: MissedSpan;
}

/** Plans what follows the cursor at `nowMs`; empty when nothing is due yet. */
export function planDue(
  recurrence: Recurrence,
  policy: MissedRunPolicy,
  at: { cursorMs: number; nowMs: number },
): DuePlan {
  const { cursorMs, nowMs } = at;
  const firstMs = recurrence.next(cursorMs);
  const firstDueMs = recurrence.dueAt(firstMs);
  if (firstDueMs > nowMs) return {};
  if (isOnTime(firstDueMs, nowMs)) return { run: { scheduledAtMs: firstMs, dueAtMs: firstDueMs, trigger: 'clock' } };
  if (policy === 'run-all') return { run: catchUp(firstMs, nowMs, { count: 1, firstMs }) };
  return planGap(recurrence, policy, { cursorMs, nowMs, firstMs });
}

interface Gap {
  readonly cursorMs: number;
  readonly nowMs: number;
  readonly firstMs: number;
}

function planGap(recurrence: Recurrence, policy: 'skip' | 'run-once', gap: Gap): DuePlan {
  const { cursorMs, nowMs, firstMs } = gap;
  const newestMs = newestDue(recurrence, gap);
  const newestDueMs = recurrence.dueAt(newestMs);
  const before = spanBefore(recurrence, newestMs, gap);
  const older = before === undefined ? {} : { skipped: before };
  if (isOnTime(newestDueMs, nowMs)) {
    const missed = before === undefined ? {} : { missedCount: before.count, firstMissedAtMs: firstMs };
    return { run: { scheduledAtMs: newestMs, dueAtMs: newestDueMs, trigger: 'clock', ...missed }, ...older };
  }
  if (policy === 'run-once') {
    return { run: catchUp(newestMs, nowMs, { count: (before?.count ?? 0) + 1, firstMs }), ...older };
  }
  const count = recurrence.count(cursorMs, newestMs, MISSED_COUNT_LIMIT);
  return { skipped: { fromMs: firstMs, untilMs: newestMs, count } };
}

/** The newest occurrence whose jitter has passed as well. */
function newestDue(recurrence: Recurrence, { cursorMs, nowMs, firstMs }: Gap): number {
  let newestMs = recurrence.previous(nowMs, cursorMs) ?? firstMs;
  while (newestMs > firstMs && recurrence.dueAt(newestMs) > nowMs) {
    newestMs = recurrence.previous(newestMs - 1, cursorMs) ?? firstMs;
  }
  return newestMs;
}

function spanBefore(recurrence: Recurrence, newestMs: number, { cursorMs, firstMs }: Gap): MissedSpan | undefined {
  const untilMs = recurrence.previous(newestMs - 1, cursorMs);
  if (untilMs === undefined) return undefined;
  return { fromMs: firstMs, untilMs, count: recurrence.count(cursorMs, untilMs, MISSED_COUNT_LIMIT) };
}

function catchUp(scheduledAtMs: number, nowMs: number, missed: { count: number; firstMs: number }): Occurrence {
  const { count, firstMs } = missed;
  return { scheduledAtMs, dueAtMs: nowMs, trigger: 'catch-up', missedCount: count, firstMissedAtMs: firstMs };
}

function isOnTime(dueAtMs: number, nowMs: number): boolean {
  return nowMs - dueAtMs <= MISSED_AFTER_MS;
}
