/**
 * Reads expressions. An `Expression` is small and plain, because ten thousand idle schedules keep one each. The
 * calendar behind it is in a bounded cache in wall-calendar.ts, and is made again from the expression when it is
 * needed.
 */
import { InvalidExpressionError } from '../../errors.ts';
import { fieldsProblem } from './cron-fields.ts';
import { looksLikeInterval, parseInterval } from './duration.ts';
import { calendarProblem } from './wall-calendar.ts';

/** Due every `everyMs`, counted from the Unix epoch. */
export interface IntervalExpression {
  readonly kind: 'interval';
  readonly source: string;
  readonly everyMs: number;
}

/** Due at certain wall-clock times on certain days. */
export interface CalendarExpression {
  readonly kind: 'calendar';
  readonly source: string;
  /** The cron fields. If `source` is a nickname, the fields that it stands for. */
  readonly fields: string;
  /** What `H` is derived from, never empty. Absent if the expression has no `H`. */
  readonly seed?: string;
  /** Neither the minute nor the hour field starts with `*`: it still falls due when summer time skips its hour. */
  readonly isFixedTime: boolean;
}

/** When a schedule falls due, before its time zone and jitter. */
export type Expression = IntervalExpression | CalendarExpression;

const MAX_LENGTH = 256;

const NICKNAMES: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** An `H` at the start of an item. The names of months and days have theirs elsewhere. */
const HASH = /(^|[ ,])H/;

/**
 * Reads an interval, a cron expression of 5 or 6 fields, or a nickname. `H` is derived from `seed`, which is the
 * schedule key, or from the expression itself if there is no seed.
 * @throws InvalidExpressionError
 */
export function parseExpression(source: string, { seed = '' }: { readonly seed?: string } = {}): Expression {
  if (source.length > MAX_LENGTH) {
    refuse(`${source.slice(0, 32)}…`, `it must have at most ${MAX_LENGTH} characters, and has ${source.length}`);
  }
  const text = source.trim();
  if (text === '') refuse(source, 'it must not be empty');
  if (looksLikeInterval(text)) return interval(source, text);
  return calendar(source, fieldsOf(source, text), seed);
}

function interval(source: string, text: string): IntervalExpression {
  const everyMs = parseInterval(text);
  if (typeof everyMs === 'string') refuse(source, everyMs);
  return { kind: 'interval', source, everyMs };
}

function fieldsOf(source: string, text: string): readonly string[] {
  if (!text.startsWith('@')) return text.split(/[ \t]+/);
  if (!Object.hasOwn(NICKNAMES, text)) refuse(source, `a nickname must be one of ${Object.keys(NICKNAMES).join(', ')}`);
  return (NICKNAMES[text] as string).split(' ');
}

function calendar(source: string, texts: readonly string[], seed: string): CalendarExpression {
  const problem = fieldsProblem(texts);
  if (problem !== undefined) refuse(source, problem);
  const [minute = '', hour = ''] = texts.slice(-5);
  const isFixedTime = !minute.startsWith('*') && !hour.startsWith('*');
  const joined = withHashedDaysLimited(texts).join(' ');
  // Mostly it is the same text, which then needs no second copy.
  const fields = joined === source ? source : joined;
  const seeded = HASH.test(fields) ? { seed: seed === '' ? fields : seed } : {};
  const never = calendarProblem(fields, seeded.seed);
  if (never !== undefined) refuse(source, never);
  return { kind: 'calendar', source, fields, isFixedTime, ...seeded };
}

/**
 * Limits an `H` without a range to days that every month and every week has. Otherwise cron-parser would make it the
 * 31st for some schedules, which February does not have, and Sunday twice, as 0 and as 7, which it then refuses.
 */
function withHashedDaysLimited(texts: readonly string[]): readonly string[] {
  const [dayOfMonth = '', month = '', dayOfWeek = ''] = texts.slice(-3);
  const within = (text: string, range: string): string => text.replace(/(^|,)H(?!\()/g, `$1H(${range})`);
  return [...texts.slice(0, -3), within(dayOfMonth, '1-28'), month, within(dayOfWeek, '0-6')];
}

function refuse(source: string, reason: string): never {
  throw new InvalidExpressionError(source, reason);
}
