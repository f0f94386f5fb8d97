import { parseInterval } from '../../machines/calendar/duration.ts';
import { UsageError } from './usage-error.ts';

/** The longest delay of a timer. A longer one would fire at once. */
const MAX_MS = 2 ** 31 - 1;

/** Reads `500ms`, `30s`, `5m`, `2h` or `1d`. @throws UsageError */
export function readDuration(option: string, text: string): number {
  const durationMs = parseInterval(text);
  if (typeof durationMs === 'string')
    throw new UsageError(`Option ${option}: "${text}" is not a duration: ${durationMs}.`);
  if (durationMs > MAX_MS) throw new UsageError(`Option ${option}: "${text}" is too long: it must be at most 24d.`);
  return durationMs;
}
