import { looksLikeInterval, parseInterval } from '../../machines/calendar/duration.ts';
import { readInstant } from '../output/instant-text.ts';
import { UsageError } from './usage-error.ts';

/** What stands in the help for an argument that `readMoment` reads. */
export const MOMENT = '<time>';

const EXAMPLES = 'now, 2h (ago), 2026-03-29 or 2026-03-29T01:00:00Z';

/** Reads `now`, a time ago (`90s`, `2h`), or an instant as `readInstant` does. @throws UsageError */
export function readMoment(subject: string, text: string, nowMs: number): number {
  if (text === 'now') return Math.floor(nowMs);
  if (!looksLikeInterval(text) || text.toUpperCase().endsWith('Z')) return readInstant(subject, text, EXAMPLES);
  const agoMs = parseInterval(text);
  if (typeof agoMs === 'string') throw new UsageError(`${subject}: "${text}" does not say how long ago: ${agoMs}.`);
  return Math.floor(nowMs) - agoMs;
}
