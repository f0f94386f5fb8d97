/**
 * The wall-clock times of a cron expression, on a calendar without a zone. cron-parser reads the plain values of the
 * expression and derives `H`, but this class walks the calendar: first by whole days, then within a day. That takes
 * microseconds where cron-parser takes milliseconds (`0 0 29 2 *`), has no limit of steps, and counts a year of seconds
 * without visiting each. A test compares both walks.
 *
 * A "wall" time is a wall-clock time, written as the epoch milliseconds that it would have in UTC.
 */
import { createRequire } from 'node:module';
import type { CronExpression } from 'cron-parser';
import { CalendarDays } from './calendar-days.ts';
import { plainFields } from './fields/plain-fields.ts';
import type { SpecialDay } from './fields/special-day.ts';
import { TimesOfDay } from './times-of-day.ts';

const DAY_MS = 86_400_000;
const EPOCH = new Date(0);

/** Undefined until the first cron expression: it takes long to load, and intervals do not need it. */
let cronParser: typeof import('cron-parser') | undefined;

/** A field as cron-parser has read it. */
interface ReadField {
  readonly values: readonly (number | string)[];
  readonly isWildcard: boolean;
}

/** The calendar of one cron expression. Immutable. */
export class WallCalendar {
  readonly #days: CalendarDays;
  readonly #times: TimesOfDay;

  /** @param readings What cron-parser has read. Their values count together. */
  constructor(readings: readonly CronExpression[], specialDays: readonly SpecialDay[]) {
    const valuesOf = (field: (fields: CronExpression['fields']) => ReadField): number[] =>
      unitedOf(readings.map(({ fields }) => numbersOf(field(fields).values)));
    const restrictedOf = (field: (fields: CronExpression['fields']) => ReadField): number[] | undefined =>
      readings.some(({ fields }) => field(fields).isWildcard) ? undefined : valuesOf(field);
    this.#times = new TimesOfDay({
      hours: valuesOf(({ hour }) => hour),
      minutes: valuesOf(({ minute }) => minute),
      seconds: valuesOf(({ second }) => second),
    });
    this.#days = new CalendarDays({
      months: valuesOf(({ month }) => month),
      daysOfMonth: restrictedOf(({ dayOfMonth }) => dayOfMonth),
      weekdays: restrictedOf(({ dayOfWeek }) => dayOfWeek),
      specialDays,
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

/** Mostly there is one list. */
function unitedOf(lists: readonly number[][]): number[] {
  const [first = []] = lists;
  return lists.length === 1 ? first : [...new Set(lists.flat())].sort((a, b) => a - b);
}

/** A few hundred calendars are in use at a time, at about 2 KB each. Any other is made again when it is needed. */
const CACHE_SIZE = 512;
/** The least recently used first. */
const cache = new Map<string, WallCalendar>();

/** The calendar of fields that were each checked before. `H` is derived from `seed`, which is never empty. */
export function wallCalendar(fields: string, seed: string | undefined): WallCalendar {
  const cacheKey = seed === undefined ? fields : `${fields}\n${seed}`;
  const calendar = cache.get(cacheKey) ?? read(fields, seed);
  cache.delete(cacheKey);
  cache.set(cacheKey, calendar);
  if (cache.size > CACHE_SIZE) cache.delete(cache.keys().next().value as string);
  return calendar;
}

/** Why fields that are each well-formed make no calendar together. Undefined if they do. */
export function calendarProblem(fields: string, seed: string | undefined): string | undefined {
  try {
    return wallCalendar(fields, seed).after(0) === undefined ? NEVER_DUE : undefined;
  } catch (error) {
    const { message } = error as Error;
    return message === 'Invalid explicit day of month definition' ? NEVER_DUE : message;
  }
}

const NEVER_DUE = 'it never falls due: no month in it has such a day';

function read(fields: string, seed: string | undefined): WallCalendar {
  const { readings, specialDays } = plainFields(fields);
  return new WallCalendar(
    readings.map((reading) => parse(reading, seed ?? fields)),
    specialDays,
  );
}

/**
 * Without a date cron-parser would read the clock and the system's zone, and without a seed it would draw a random one.
 */
function parse(fields: string, hashSeed: string): CronExpression {
  cronParser ??= createRequire(import.meta.url)('cron-parser') as typeof import('cron-parser');
  return cronParser.CronExpressionParser.parse(fields, { tz: 'UTC', currentDate: EPOCH, hashSeed });
}
