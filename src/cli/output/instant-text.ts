/** Writes instants for people and programs, and reads them. */
import { isCalendarDate } from '../../machines/calendar/calendar-date.ts';
import { UsageError } from '../input/usage-error.ts';

const EXAMPLES = '2026-03-29 or 2026-03-29T01:00:00Z';

const formats = new Map<string, Intl.DateTimeFormat>();

/**
 * The wall time of a zone with its offset: `Mon 2026-03-29 03:00:00 +02:00`. Has milliseconds only if they are not 0.
 */
export function localText(atMs: number, timezone: string): string {
  const part = partsOf(atMs, timezone);
  const fraction = atMs % 1_000 === 0 ? '' : `.${part('fractionalSecond')}`;
  const offset = part('timeZoneName').replace('GMT', '') || '+00:00';
  const date = `${part('weekday')} ${part('year')}-${part('month')}-${part('day')}`;
  return `${date} ${part('hour')}:${part('minute')}:${part('second')}${fraction} ${offset}`;
}

/** ISO 8601 in UTC: `2026-03-29T01:00:00Z`. Has milliseconds only if they are not 0. */
export function utcText(atMs: number): string {
  return new Date(atMs).toISOString().replace('.000Z', 'Z');
}

/**
 * Reads `2026-03-29`, `2026-03-29T01:00` or `2026-03-29T01:00:00.000+02:00`. Without an offset the text is in UTC.
 * @param subject Begins the error's message, such as `Option --from`.
 * @param examples Ends it: what would have worked.
 * @throws UsageError
 */
export function readInstant(subject: string, text: string, examples = EXAMPLES): number {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?))?(Z|[+-]\d{2}:\d{2})?$/i.exec(text);
  const [, date = '', time = '00:00', offset = 'Z'] = match ?? [];
  const atMs =
    match === null || !isCalendarDate(date) ? Number.NaN : Date.parse(`${date}T${time}${offset.toUpperCase()}`);
  if (Number.isNaN(atMs)) {
    throw new UsageError(`${subject}: "${text}" is not an instant: write ${examples}.`);
  }
  return atMs;
}

function partsOf(atMs: number, timezone: string): (type: string) => string {
  const parts = formatOf(timezone).formatToParts(atMs);
  return (type) => parts.find((part) => part.type === type)?.value ?? '';
}

function formatOf(timezone: string): Intl.DateTimeFormat {
  const known = formats.get(timezone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    hourCycle: 'h23',
    timeZoneName: 'longOffset',
  });
  formats.set(timezone, format);
  return format;
}
