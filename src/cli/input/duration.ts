import { MAX_TIMER_MS, parseInterval } from '../../machines/calendar/duration.ts';
import { UsageError } from './usage-error.ts';

/** Reads `500ms`, `30s`, `5m`, `2h` or `1d`. @throws UsageError */
export function readDuration(option: string, text: string): number {
  const durationMs = parseInterval(text);
  if (typeof durationMs === 'string')
    throw new UsageError(`Option ${option}: "${text}" is not a duration: ${durationMs}.`);
  if (durationMs > MAX_TIMER_MS)
    throw new UsageError(`Option ${option}: "${text}" is too long: it must be at most 24d.`);
  return durationMs;
}
