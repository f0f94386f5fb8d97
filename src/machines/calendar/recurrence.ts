/**
 * The occurrences of an expression in a zone, as pure functions. They keep no position between two calls, so a restart
 * at any instant continues the same sequence. What a calendar remembers spares a search, and changes no answer.
 * Intervals are counted from the Unix epoch, whatever the zone, or from an instant that the expression names.
 */
import { InvalidOptionError, RecurrenceStuckError } from '../../errors.ts';
import type { Recurrence } from '../missed-runs/due-plan.ts';
import { lastWhere } from '../missed-runs/last-where.ts';
import { type Anchors, anchored, isCountedFromStart } from './anchors.ts';
import type { Expression, IntervalExpression, StartExpression } from './expression.ts';
import { cappedJitter, jitterFor } from './jitter.ts';
import { type CountRange, ZonedCalendar } from './zoned-calendar.ts';

/** The last instant that a Date can name. */
const MAX_INSTANT_MS = 8_640_000_000_000_000;
/** The first window of a search backwards. Each window is twice as long as the one before. */
const FIRST_WINDOW_MS = 1_000;

/**
 * The first occurrence after `fromMs`, in epoch milliseconds. Infinity if there is no more, which only an expression of
 * the start can say.
 * @throws RecurrenceStuckError if there is none, or if it would not be later.
 */
export function nextOccurrence(expression: Expression, timezone: string, fromMs: number): number {
  if (expression.kind === 'start') return nextStart(expression, fromMs);
  if (!(Math.abs(fromMs) <= MAX_INSTANT_MS))
    throw new InvalidOptionError('from', `${fromMs} must be an instant that a Date can hold`);
  const nextMs =
    expression.kind === 'interval'
      ? stepsUntil(expression, fromMs, 1)
      : (new ZonedCalendar(expression, timezone).after(fromMs) ?? Number.NaN);
  if (!(nextMs > fromMs && nextMs <= MAX_INSTANT_MS)) throw new RecurrenceStuckError(expression.source, fromMs);
  return nextMs;
}

function nextStart({ startMs = Number.NEGATIVE_INFINITY }: StartExpression, fromMs: number): number {
  return startMs > fromMs ? startMs : Number.POSITIVE_INFINITY;
}

/** The last multiple of an interval up to an instant, or so many after it. */
function stepsUntil({ everyMs, originMs = 0 }: IntervalExpression, atMs: number, steps = 0): number {
  // An instant within the first period keeps the numbers small, so that no sum is rounded.
  const phaseMs = originMs % everyMs;
  return (Math.floor((atMs - phaseMs) / everyMs) + steps) * everyMs + phaseMs;
}

/** The last occurrence in (sinceMs, atMs], or undefined when there is none. */
export function previousOccurrence(
  expression: Expression,
  timezone: string,
  { atMs, sinceMs }: { readonly atMs: number; readonly sinceMs: number },
): number | undefined {
  if (expression.kind === 'interval') {
    const previousMs = stepsUntil(expression, atMs);
    return previousMs > sinceMs ? previousMs : undefined;
  }
  if (expression.kind === 'start') {
    const startMs = nextStart(expression, sinceMs);
    return startMs <= atMs ? startMs : undefined;
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
  if (expression.kind === 'start') return Number(nextStart(expression, afterMs) <= untilMs);
  const { everyMs } = expression;
  return Math.max((stepsUntil(expression, untilMs) - stepsUntil(expression, afterMs)) / everyMs, 0);
}

/** The first `count` occurrences after `fromMs`; fewer if there are no more. */
export function occurrencesAfter(
  expression: Expression,
  timezone: string,
  { fromMs, count }: { readonly fromMs: number; readonly count: number },
): number[] {
  const occurrences: number[] = [];
  for (let lastMs = fromMs; occurrences.length < count; occurrences.push(lastMs)) {
    lastMs = nextOccurrence(expression, timezone, lastMs);
    if (lastMs === Number.POSITIVE_INFINITY) break;
  }
  return occurrences;
}

/**
 * The calendar of all schedules with the same expression and zone, and the recurrence of those without jitter. The
 * search for an occurrence is expensive, so the last answers are remembered. Each holds for every instant in between:
 * schedules that fall due together need one search for what comes next. A schedule with jitter looks at three
 * occurrences in a row.
 */
export class SharedCalendar implements Recurrence {
  readonly timezone: string;
  #expression: Expression;
  // From the one until the other, the other is the first occurrence.
  #fromMs = Number.POSITIVE_INFINITY;
  #nextMs = Number.NEGATIVE_INFINITY;
  /** The answers before it, once there were some: many calendars are searched once in months. */
  #earlier: EarlierAnswers | null = null;

  constructor(expression: Expression, timezone: string) {
    this.#expression = expression;
    this.timezone = timezone;
  }

  get expression(): Expression {
    return this.#expression;
  }

  get isCountedFromStart(): boolean {
    return isCountedFromStart(this.#expression);
  }

  /** Says when the schedule began that this calendar serves. */
  anchorAt(anchors: Anchors): void {
    if (!this.isCountedFromStart) return;
    this.#expression = anchored(this.#expression, anchors);
    this.#fromMs = Number.POSITIVE_INFINITY;
    this.#nextMs = Number.NEGATIVE_INFINITY;
    this.#earlier = null;
  }

  get isFixedTime(): boolean {
    return this.expression.kind === 'calendar' && this.expression.isFixedTime;
  }

  /** The first occurrence after `fromMs`. @throws RecurrenceStuckError */
  next(fromMs: number): number {
    if (fromMs >= this.#fromMs && fromMs < this.#nextMs) return this.#nextMs;
    const earlier = this.#earlier;
    if (earlier !== null && fromMs >= earlier.firstMs && fromMs < this.#fromMs)
      return fromMs >= earlier.secondMs ? this.#fromMs : earlier.secondMs;
    return SharedCalendar.#search(this, fromMs);
  }

  previous(atMs: number, sinceMs: number): number | undefined {
    return previousOccurrence(this.expression, this.timezone, { atMs, sinceMs });
  }

  count(afterMs: number, untilMs: number): number {
    return countOccurrences(this.expression, this.timezone, { afterMs, untilMs });
  }

  dueAt(occurrenceMs: number): number {
    return occurrenceMs;
  }

  /** Static, because a private method of instances would take a field in each of them. */
  static #search(calendar: SharedCalendar, fromMs: number): number {
    const nextMs = nextOccurrence(calendar.expression, calendar.timezone, fromMs);
    const earlier = calendar.#earlier;
    if (fromMs !== calendar.#nextMs) calendar.#earlier = null;
    else if (earlier === null) calendar.#earlier = { firstMs: calendar.#fromMs, secondMs: calendar.#fromMs };
    else {
      earlier.firstMs = earlier.secondMs;
      earlier.secondMs = calendar.#fromMs;
    }
    calendar.#fromMs = fromMs;
    calendar.#nextMs = nextMs;
    return nextMs;
  }
}

/** Two instants before the last answer: from each of them until the following one, that is the first occurrence. */
interface EarlierAnswers {
  firstMs: number;
  secondMs: number;
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
    return this.#calendar.isFixedTime;
  }

  get isCountedFromStart(): boolean {
    return this.#calendar.isCountedFromStart;
  }

  anchorAt(anchors: Anchors): void {
    this.#calendar.anchorAt(anchors);
  }

  next(fromMs: number): number {
    return this.#calendar.next(fromMs);
  }

  previous(atMs: number, sinceMs: number): number | undefined {
    return this.#calendar.previous(atMs, sinceMs);
  }

  count(afterMs: number, untilMs: number): number {
    return this.#calendar.count(afterMs, untilMs);
  }

  dueAt(occurrenceMs: number): number {
    if (this.#jitterMs === 0 || occurrenceMs === Number.POSITIVE_INFINITY) return occurrenceMs;
    const cappedMs = cappedJitter(this.#jitterMs, this.#gapAfter(occurrenceMs));
    return occurrenceMs + jitterFor(this.#key, occurrenceMs, cappedMs);
  }

  /** The time from an occurrence to the following one. */
  #gapAfter(occurrenceMs: number): number {
    const { expression } = this.#calendar;
    return expression.kind === 'interval' ? expression.everyMs : this.next(occurrenceMs) - occurrenceMs;
  }
}
