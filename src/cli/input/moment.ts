import { looksLikeInterval, parseInterval } from '../../machines/calendar/duration.ts';
import { readInstant } from '../output/instant-text.ts';
import { UsageError } from './usage-error.ts';

/** What `readMoment` accepts, in help. */
export const MOMENT = '<time>';

/** Reads an instant as `readInstant` does, or `now`, or how long ago it was: `90s`, `2h`. @throws UsageError */
export function readMoment(subject: string, text: string, nowMs: number): number {
  if (text === 'now') return Math.floor(nowMs);
  if (!looksLikeInterval(text) || text.toUpperCase().endsWith('Z')) return readInstant(subject, text);
  const agoMs = parseInterval(text);
  if (typeof agoMs === 'string') throw new UsageError(`${subject}: "${text}" is no time ago: ${agoMs}.`);
  return Math.floor(nowMs) - agoMs;
}
