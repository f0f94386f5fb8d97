import { hash } from '../hash.ts';

/**
 * The delay of one occurrence in whole milliseconds, uniform in [0, jitterMs]. It depends only on the arguments, so
 * that every node computes the same.
 */
export function jitterFor(scheduleKey: string, occurrenceAtMs: number, jitterMs: number): number {
  return Math.floor((hash(`${scheduleKey}@${occurrenceAtMs}`) / 2 ** 32) * (Math.floor(jitterMs) + 1));
}
