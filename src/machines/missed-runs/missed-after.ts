import type { MissedRunRules, Recurrence } from './due-plan.ts';

/** By default an occurrence may be late by this part of the time to the following one, within these bounds. */
const SHARE = 0.1;
const LEAST_MS = 1_000;
const MOST_MS = 60_000;

/**
 * How late an occurrence may be found, in milliseconds after it was due, and still be an ordinary run. Found later it
 * is missed. What is not too late to be ordinary stays so for every newer occurrence, since jitter and this delay
 * together never reach far beyond the following occurrence: see `cappedJitter`.
 *
 * Infinity for an occurrence that none follows: it is that of a start, and it counts however far the clock was set ahead,
 * or however long the machine slept, before it was found.
 */
export function missedAfterMs(recurrence: Recurrence, rules: MissedRunRules, occurrenceMs: number): number {
  const gapMs = recurrence.next(occurrenceMs) - occurrenceMs;
  if (gapMs === Number.POSITIVE_INFINITY) return gapMs;
  if (rules.missedAfterMs !== undefined) return rules.missedAfterMs;
  return Math.min(Math.max(gapMs * SHARE, LEAST_MS), MOST_MS);
}
