/**
 * Reads expressions. An `Expression` is small and plain, because ten thousand idle schedules keep one each; what cron-parser
 * makes of it is some 4 KB and lives in a bounded cache, from which it is made again when it is needed.
 */
import { type CronExpression, CronExpressionParser } from 'cron-parser';
import { InvalidExpressionError } from '../errors.ts';
import { fieldsProblem } from './cron-fields.ts';
import { looksLikeInterval, parseInterval } from './duration.ts';

/** Every `everyMs`, counted from the Unix epoch. */
export interface IntervalExpression {
  readonly kind: 'interval';
  readonly source: string;
  readonly everyMs: number;
}

/** Instants of a calendar. */
export interface CalendarExpression {
  readonly kind: 'calendar';
  readonly source: string;
  /** The fields that the calendar walks: those of a nickname, where `source` is one. */
  readonly fields: string;
  /** What `H` is derived from; only where the expression has an `H`. */
  readonly seed?: string;
  /** Neither the minute nor the hour field starts with `*`: a wall-clock time, which a skipped hour does not swallow. */
  readonly isFixedTime: boolean;
}

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

/** A leap year follows: whatever falls due at all does so in the eight years and more that cron-parser looks ahead. */
const PROBE_AT_MS = Date.UTC(2023, 11, 31);

/**
 * Reads an interval, a cron expression of 5 or 6 fields, or a nickname. `seed` is what `H` is derived from.
 * @throws InvalidExpressionError
 */
export function parseExpression(source: string, { seed = '' }: { readonly seed?: string } = {}): Expression {
  if (source.length > MAX_LENGTH)
    refuse(`${source.slice(0, 32)}…`, `it has ${source.length} characters, ${MAX_LENGTH} are accepted`);
  const text = source.trim();
  if (text === '') refuse(source, 'it is empty');
  if (looksLikeInterval(text) && !/\s/.test(text)) return interval(source, text);
  return calendar(source, fieldsOf(source, text), seed);
}

/** cron-parser's reading of an expression, on a calendar without a zone. To be positioned with `reset` before use. */
export function calendarOf(expression: CalendarExpression): CronExpression {
  const cacheKey = `${expression.seed ?? ''}\n${expression.fields}`;
  const cached = cache.get(cacheKey);
  if (cached !== undefined) {
    cache.delete(cacheKey);
    cache.set(cacheKey, cached);
    return cached;
  }
  const calendar = CronExpressionParser.parse(expression.fields, {
    tz: 'UTC',
    // Without a date it would look up the system's zone, which takes longer than all the rest.
    currentDate: new Date(PROBE_AT_MS),
    ...(expression.seed !== undefined && { hashSeed: expression.seed }),
  });
  cache.set(cacheKey, calendar);
  if (cache.size > CACHE_SIZE) cache.delete(cache.keys().next().value as string);
  return calendar;
}

/** About 2 MB at the most. */
const CACHE_SIZE = 512;
/** Oldest use first. */
const cache = new Map<string, CronExpression>();

function interval(source: string, text: string): IntervalExpression {
  const everyMs = parseInterval(text);
  if (typeof everyMs === 'string') refuse(source, everyMs);
  return { kind: 'interval', source, everyMs };
}

function fieldsOf(source: string, text: string): string {
  if (!text.startsWith('@')) return text.split(/\s+/).join(' ');
  const fields = NICKNAMES[text];
  if (fields === undefined) refuse(source, `the nicknames are ${Object.keys(NICKNAMES).join(', ')}`);
  return fields;
}

function calendar(source: string, fields: string, seed: string): CalendarExpression {
  const texts = fields.split(' ');
  const problem = fieldsProblem(texts);
  if (problem !== undefined) refuse(source, problem);
  const [minute = '', hour = ''] = texts.slice(-5);
  const isFixedTime = !minute.startsWith('*') && !hour.startsWith('*');
  const expression: CalendarExpression = {
    kind: 'calendar',
    source,
    fields,
    isFixedTime,
    ...(fields.includes('H') && { seed }),
  };
  requireDue(expression);
  return expression;
}

/** What can never fall due is refused: its schedule would wait for ever without a word. */
function requireDue(expression: CalendarExpression): void {
  try {
    const calendar = calendarOf(expression);
    calendar.reset(new Date(PROBE_AT_MS));
    calendar.next();
  } catch (error) {
    throw new InvalidExpressionError(expression.source, 'it never falls due', { cause: error });
  }
}

function refuse(source: string, reason: string): never {
  throw new InvalidExpressionError(source, reason);
}
