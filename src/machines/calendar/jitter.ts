import { hash } from '../hash.ts';

/**
 * The delay of one occurrence: uniform in [0, jitterMs], in whole milliseconds, and a function of nothing but its arguments, so
 * that every node computes the same.
 */
export function jitterFor(scheduleKey: string, occurrenceAtMs: number, jitterMs: number): number {
  return Math.floor((hash(`${scheduleKey}@${occurrenceAtMs}`) / 2 ** 32) * (Math.floor(jitterMs) + 1));
}
