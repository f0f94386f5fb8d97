import { looksLikeInterval, parseInterval } from '../../machines/calendar/duration.ts';
import { readInstant } from '../output/instant-text.ts';
import { UsageError } from './usage-error.ts';

/** What stands in the help for an argument that `readMoment` reads. */
export const MOMENT = '<time>';

/** The instant that an argument means at a time. Both are epoch milliseconds. */
export type Moment = (nowMs: number) => number;

const EXAMPLES = 'now, 2h (ago), 2026-03-29 or 2026-03-29T01:00:00Z';

/** Reads `now`, a time ago (`90s`, `2h`), or an instant as `readInstant` does. @throws UsageError */
export function readMoment(subject: string, text: string): Moment {
  if (text === 'now') return (nowMs) => Math.floor(nowMs);
  if (!looksLikeInterval(text) || text.toUpperCase().endsWith('Z')) {
    const instant = readInstant(subject, text, EXAMPLES);
    return () => instant;
  }
  const agoMs = parseInterval(text);
  if (typeof agoMs === 'string') throw new UsageError(`${subject}: "${text}" does not say how long ago: ${agoMs}.`);
  return (nowMs) => Math.floor(nowMs) - agoMs;
}
