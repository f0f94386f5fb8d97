/**
 * The wall-clock times of a cron expression, on a calendar without a zone. cron-parser reads the expression, but this
 * class walks the calendar: first by whole days, then within a day. That takes microseconds where cron-parser takes
 * milliseconds (`0 0 29 2 *`), has no limit of steps, and counts a year of seconds without visiting each. A test
 * compares both walks.
 *
 * A "wall" time is a wall-clock time, written as the epoch milliseconds that it would have in UTC.
 */
import { createRequire } from 'node:module';
import type { CronExpression } from 'cron-parser';
import { CalendarDays } from './calendar-days.ts';
import { TimesOfDay } from './times-of-day.ts';

const DAY_MS = 86_400_000;
const EPOCH = new Date(0);

const require = createRequire(import.meta.url);
/** Undefined until the first cron expression: it takes long to load, and intervals do not need it. */
let cronParser: typeof import('cron-parser') | undefined;

/** The calendar of one cron expression. Immutable. */
export class WallCalendar {
  readonly #days: CalendarDays;
  readonly #times: TimesOfDay;

  constructor(cron: CronExpression) {
    const { second, minute, hour, dayOfMonth, month, dayOfWeek } = cron.fields;
    this.#times = new TimesOfDay({ hours: hour.values, minutes: minute.values, seconds: second.values });
    this.#days = new CalendarDays({
      months: month.values,
      daysOfMonth: dayOfMonth.isWildcard ? undefined : numbersOf(dayOfMonth.values),
      hasLastDay: dayOfMonth.hasLastChar,
      weekdays: dayOfWeek.isWildcard ? undefined : numbersOf(dayOfWeek.values),
      nthWeekday: dayOfWeek.nthDay,
      lastWeekdays: lastWeekdaysOf(dayOfWeek.values),
    });
  }

  /** The first wall time after `wallMs`. Undefined if there is never one. */
  after(wallMs: number): number | undefined {
    const day = this.#days.from(Math.floor(wallMs / DAY_MS));
    if (day === undefined) return undefined;
    const timeMs = this.#times.after(wallMs - day * DAY_MS);
    if (timeMs !== undefined) return day * DAY_MS + timeMs;
    const nextDay = this.#days.from(day + 1);
    return nextDay === undefined ? undefined : nextDay * DAY_MS + this.#times.firstMs;
  }

  /** How many wall times lie in (afterMs, untilMs], by arithmetic over whole days. 0 if the range runs backwards. */
  count(afterMs: number, untilMs: number): number {
    if (afterMs >= untilMs) return 0;
    const firstDay = Math.floor(afterMs / DAY_MS);
    const lastDay = Math.floor(untilMs / DAY_MS);
    const countOfFirst = this.#countOn(firstDay, afterMs, untilMs);
    if (firstDay === lastDay) return countOfFirst;
    const countBetween = this.#times.countPerDay * this.#days.count(firstDay + 1, lastDay - 1);
    return countOfFirst + countBetween + this.#countOn(lastDay, afterMs, untilMs);
  }

  /** How many of a day's wall times lie in (afterMs, untilMs]. */
  #countOn(day: number, afterMs: number, untilMs: number): number {
    if (!this.#days.has(day)) return 0;
    const midnightMs = day * DAY_MS;
    return this.#times.countUntil(untilMs - midnightMs) - this.#times.countUntil(afterMs - midnightMs);
  }
}

function numbersOf(values: readonly (number | string)[]): number[] {
  return values.filter((value) => typeof value === 'number');
}

/** The weekdays of items such as `5L`. Sunday is both 0 and 7. */
function lastWeekdaysOf(values: readonly (number | string)[]): number[] {
  return values.filter((value) => typeof value === 'string').map((value) => Number.parseInt(value, 10) % 7);
}

/** A few hundred calendars are in use at a time, at about 2 KB each. Any other is made again when it is needed. */
const CACHE_SIZE = 512;
/** The least recently used first. */
const cache = new Map<string, WallCalendar>();

/** The calendar of fields that were each checked before. `H` is derived from `seed`, which is never empty. */
export function wallCalendar(fields: string, seed: string | undefined): WallCalendar {
  const cacheKey = seed === undefined ? fields : `${fields}\n${seed}`;
  const calendar = cache.get(cacheKey) ?? new WallCalendar(parse(fields, seed));
  cache.delete(cacheKey);
  cache.set(cacheKey, calendar);
  if (cache.size > CACHE_SIZE) cache.delete(cache.keys().next().value as string);
  return calendar;
}

/** Why fields that are each well-formed make no calendar together. Undefined if they do. */
export function calendarProblem(fields: string, seed: string | undefined): string | undefined {
  try {
    return wallCalendar(fields, seed).after(0) === undefined ? 'it never falls due' : undefined;
  } catch (error) {
    return refusalOf(error as Error);
  }
}

function parse(fields: string, seed: string | undefined): CronExpression {
  cronParser ??= require('cron-parser') as typeof import('cron-parser');
  // Without a date cron-parser would read the clock and the system's zone, and without a seed it would draw a random
  // one.
  return cronParser.CronExpressionParser.parse(fields, { tz: 'UTC', currentDate: EPOCH, hashSeed: seed ?? fields });
}

/** Puts two of cron-parser's refusals into words that the author of the expression understands. */
function refusalOf({ message }: Error): string {
  if (message === 'Invalid explicit day of month definition')
    return 'it never falls due: no month in it has such a day';
  const duplicate = /^Cron(\w+) Validation error, duplicate values found: (\w+)$/.exec(message);
  if (duplicate === null) return message;
  const [, field = '', value] = duplicate;
  return `${field.replace(/\B[A-Z]/g, ' $&').toLowerCase()} ${value} must be listed only once`;
}
