/**
 * The occurrences of an expression in a zone, as pure functions. They keep no position between two calls, so a restart
 * at any instant continues the same sequence. What a calendar remembers spares a search, and changes no answer.
 * Intervals are counted from the Unix epoch, whatever the zone.
 */
import { InvalidOptionError, RecurrenceStuckError } from '../../errors.ts';
import type { Recurrence } from '../missed-runs/due-plan.ts';
import { lastWhere } from '../missed-runs/last-where.ts';
import type { Expression } from './expression.ts';
import { cappedJitter, jitterFor } from './jitter.ts';
import { type CountRange, ZonedCalendar } from './zoned-calendar.ts';

/** The last instant that a Date can name. */
const MAX_INSTANT_MS = 8_640_000_000_000_000;
/** The first window of a search backwards. Each window is twice as long as the one before. */
const FIRST_WINDOW_MS = 1_000;

/**
 * The first occurrence after `fromMs`, in epoch milliseconds.
 * @throws RecurrenceStuckError if there is none, or if it would not be later.
 */
export function nextOccurrence(expression: Expression, timezone: string, fromMs: number): number {
  if (!(Math.abs(fromMs) <= MAX_INSTANT_MS))
    throw new InvalidOptionError('from', `${fromMs} must be an instant that a Date can hold`);
  const nextMs =
    expression.kind === 'interval'
      ? (Math.floor(fromMs / expression.everyMs) + 1) * expression.everyMs
      : (new ZonedCalendar(expression, timezone).after(fromMs) ?? Number.NaN);
  if (!(nextMs > fromMs && nextMs <= MAX_INSTANT_MS)) throw new RecurrenceStuckError(expression.source, fromMs);
  return nextMs;
}

/** The last occurrence in (sinceMs, atMs], or undefined when there is none. */
export function previousOccurrence(
  expression: Expression,
  timezone: string,
  { atMs, sinceMs }: { readonly atMs: number; readonly sinceMs: number },
): number | undefined {
  if (expression.kind === 'interval') {
    const previousMs = Math.floor(atMs / expression.everyMs) * expression.everyMs;
    return previousMs > sinceMs ? previousMs : undefined;
  }
  const next = (fromMs: number): number => nextOccurrence(expression, timezone, fromMs);
  if (sinceMs >= atMs || next(sinceMs) > atMs) return undefined;
  for (let windowMs = FIRST_WINDOW_MS; ; windowMs *= 2) {
    const occurrenceMs = next(Math.max(atMs - windowMs, sinceMs));
    if (occurrenceMs <= atMs) return lastWhere(next, { firstMs: occurrenceMs, untilMs: Math.floor(atMs) }, () => true);
  }
}

/** How many occurrences lie in (afterMs, untilMs], by arithmetic: a range of decades takes no longer than its zone. */
export function countOccurrences(expression: Expression, timezone: string, range: CountRange): number {
  if (expression.kind === 'calendar') return new ZonedCalendar(expression, timezone).count(range);
  const { afterMs, untilMs } = range;
  const { everyMs } = expression;
  return Math.max(Math.floor(untilMs / everyMs) - Math.floor(afterMs / everyMs), 0);
}

/** The first `count` occurrences after `fromMs`. */
export function occurrencesAfter(
  expression: Expression,
  timezone: string,
  { fromMs, count }: { readonly fromMs: number; readonly count: number },
): number[] {
  const occurrences: number[] = [];
  for (let lastMs = fromMs; occurrences.length < count; occurrences.push(lastMs)) {
    lastMs = nextOccurrence(expression, timezone, lastMs);
  }
  return occurrences;
}

/**
 * The calendar of all schedules with the same expression and zone. The search for an occurrence is expensive, so the
 * last answers are remembered. Each holds for every instant in between: schedules that fall due together need one
 * search for what comes next. A schedule with jitter looks at three occurrences in a row.
 */
export class SharedCalendar {
  readonly expression: Expression;
  readonly timezone: string;
  // Four instants in order. From each of them until the next one, the next one is the first occurrence.
  #firstMs = Number.POSITIVE_INFINITY;
  #secondMs = Number.POSITIVE_INFINITY;
  #thirdMs = Number.POSITIVE_INFINITY;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(expression: Expression, timezone: string) {
    this.expression = expression;
    this.timezone = timezone;
  }

  /** The first occurrence after `fromMs`. @throws RecurrenceStuckError */
  next(fromMs: number): number {
    if (fromMs < this.#firstMs || fromMs >= this.#lastMs) return this.#search(fromMs);
    if (fromMs >= this.#thirdMs) return this.#lastMs;
    return fromMs >= this.#secondMs ? this.#thirdMs : this.#secondMs;
  }

  #search(fromMs: number): number {
    const nextMs = nextOccurrence(this.expression, this.timezone, fromMs);
    const isSequel = fromMs === this.#lastMs;
    this.#firstMs = isSequel ? this.#secondMs : fromMs;
    this.#secondMs = isSequel ? this.#thirdMs : fromMs;
    this.#thirdMs = fromMs;
    this.#lastMs = nextMs;
    return nextMs;
  }
}

/** One schedule's view of its calendar: only the jitter differs between schedules. */
export class ScheduleRecurrence implements Recurrence {
  readonly #key: string;
  readonly #calendar: SharedCalendar;
  readonly #jitterMs: number;

  constructor(key: string, calendar: SharedCalendar, jitterMs: number) {
    this.#key = key;
    this.#calendar = calendar;
    this.#jitterMs = jitterMs;
  }

  get isFixedTime(): boolean {
    const { expression } = this.#calendar;
    return expression.kind === 'calendar' && expression.isFixedTime;
  }

  next(fromMs: number): number {
    return this.#calendar.next(fromMs);
  }

  previous(atMs: number, sinceMs: number): number | undefined {
    const { expression, timezone } = this.#calendar;
    return previousOccurrence(expression, timezone, { atMs, sinceMs });
  }

  count(afterMs: number, untilMs: number): number {
    const { expression, timezone } = this.#calendar;
    return countOccurrences(expression, timezone, { afterMs, untilMs });
  }

  dueAt(occurrenceMs: number): number {
    if (this.#jitterMs === 0) return occurrenceMs;
    const cappedMs = cappedJitter(this.#jitterMs, this.#gapAfter(occurrenceMs));
    return occurrenceMs + jitterFor(this.#key, occurrenceMs, cappedMs);
  }

  /** The time from an occurrence to the following one. */
  #gapAfter(occurrenceMs: number): number {
    const { expression } = this.#calendar;
    return expression.kind === 'interval' ? expression.everyMs : this.next(occurrenceMs) - occurrenceMs;
  }
}
