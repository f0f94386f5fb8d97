import { type Expression, parseExpression } from '../../machines/calendar/expression.ts';
import { jitterFor } from '../../machines/calendar/jitter.ts';
import { countOccurrences, nextOccurrence, previousOccurrence } from '../../machines/calendar/recurrence.ts';
import type { Recurrence } from '../../machines/missed-runs/due-plan.ts';

/**
 * The calendar of all schedules with the same expression and zone. The search for an occurrence is expensive, so a
 * calendar remembers its last answer, which holds for every instant in between: schedules that fall due together need
 * one search for what comes next.
 */
export class SharedCalendar {
  readonly #expression: Expression;
  readonly #timezone: string;
  #fromMs = Number.POSITIVE_INFINITY;
  #nextMs = Number.NEGATIVE_INFINITY;

  constructor(expression: Expression, timezone: string) {
    this.#expression = expression;
    this.#timezone = timezone;
  }

  next(fromMs: number): number {
    if (fromMs < this.#fromMs || fromMs >= this.#nextMs) {
      this.#nextMs = nextOccurrence(this.#expression, this.#timezone, fromMs);
      this.#fromMs = fromMs;
    }
    return this.#nextMs;
  }

  previous(atMs: number, sinceMs: number): number | undefined {
    return previousOccurrence(this.#expression, this.#timezone, { atMs, sinceMs });
  }

  count(afterMs: number, untilMs: number, limit: number): number {
    return countOccurrences(this.#expression, this.#timezone, { afterMs, untilMs, limit });
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

  next(fromMs: number): number {
    return this.#calendar.next(fromMs);
  }

  previous(atMs: number, sinceMs: number): number | undefined {
    return this.#calendar.previous(atMs, sinceMs);
  }

  count(afterMs: number, untilMs: number, limit: number): number {
    return this.#calendar.count(afterMs, untilMs, limit);
  }

  dueAt(occurrenceMs: number): number {
    if (this.#jitterMs === 0) return occurrenceMs;
    return occurrenceMs + jitterFor(this.#key, occurrenceMs, this.#jitterMs);
  }
}

/** The calendars of a plugin's schedules, one for each pair of expression and zone. */
export class Calendars {
  readonly #calendars = new Map<string, SharedCalendar>();

  /** @throws InvalidExpressionError */
  get(cron: string, timezone: string, key: string): SharedCalendar {
    // An H is derived from the schedule's key, so a calendar with one serves that schedule only.
    const name = `${timezone}\n${cron}\n${cron.includes('H') ? key : ''}`;
    const known = this.#calendars.get(name);
    if (known !== undefined) return known;
    const calendar = new SharedCalendar(parseExpression(cron, { seed: key }), timezone);
    this.#calendars.set(name, calendar);
    return calendar;
  }
}
