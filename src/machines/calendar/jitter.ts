import { hash } from '../hash.ts';

/**
 * The delay of one occurrence in whole milliseconds, uniform in [0, jitterMs]. It depends only on the arguments, so
 * that every node computes the same.
 */
export function jitterFor(scheduleKey: string, occurrenceAtMs: number, jitterMs: number): number {
  return Math.floor((hash(`${scheduleKey}@${occurrenceAtMs}`) / 2 ** 32) * (Math.floor(jitterMs) + 1));
}

/** Jitter takes at most this part of the time to the following occurrence, so that a run has the rest before it. */
const MAX_SHARE = 0.9;

/**
 * The jitter of an occurrence that the following one comes `gapMs` after. An occurrence is thus always due before the
 * following one, however large `jitterMs` is: otherwise both could fall due in the wrong order, or at once.
 */
export function cappedJitter(jitterMs: number, gapMs: number): number {
  return Math.min(jitterMs, Math.floor(gapMs * MAX_SHARE));
}
