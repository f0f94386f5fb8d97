/**
 * Maps the wall-clock times of a calendar to instants of a zone, by Vixie cron's rule:
 *
 * - A fixed time in a skipped hour falls due at the first instant after the jump, once for all fixed times of the gap.
 *   A fixed time in a repeated hour falls due the first time only.
 * - A wildcard falls due at every instant whose wall clock matches: never in a skipped hour, twice in a repeated one.
 * - A jump of more than three hours is a new calendar: nothing is made up for, and nothing counts as repeated.
 *
 * A zone is a sequence of spans in which wall times and instants differ by a constant offset. How a span begins depends
 * only on the jump that leads into it, so a restart at any instant finds the same.
 */
import { CYCLE_DAYS } from './calendar-days.ts';
import type { CalendarExpression } from './expression.ts';
import { type OffsetSpan, offsetSpanAt } from './time-zone.ts';
import { type WallCalendar, wallCalendar } from './wall-calendar.ts';

/** The longest jump of the clock that counts as summer time. A longer one is a new calendar. */
export const MAX_SHIFT_MS = 3 * 3_600_000;

/** No clock differs from UTC by as much. */
const MAX_OFFSET_MS = 86_400_000;

/** After this long the calendar and the rules of summer time repeat themselves: 400 years. */
const CYCLE_MS = CYCLE_DAYS * 86_400_000;
/** From here on every zone changes its offset by rules alone. Some zones list their changes up to 2087. */
const RULES_FROM_MS = Date.UTC(2100, 0, 1);

/** A range of instants, (afterMs, untilMs]. */
export interface CountRange {
  readonly afterMs: number;
  readonly untilMs: number;
}

/** The calendar of one expression in one zone. It is cheap to make, and made anew for each call. */
export class ZonedCalendar {
  readonly #calendar: WallCalendar;
  readonly #timezone: string;
  readonly #isFixedTime: boolean;

  constructor(expression: CalendarExpression, timezone: string) {
    this.#calendar = wallCalendar(expression.fields, expression.seed);
    this.#timezone = timezone;
    this.#isFixedTime = expression.isFixedTime;
  }

  /** The first occurrence after `fromMs`. Undefined if the calendar has no more. */
  after(fromMs: number): number | undefined {
    let afterMs = fromMs;
    for (let span = this.#spanAt(fromMs); ; span = this.#spanAt(afterMs + 1)) {
      if (afterMs < span.startMs && this.#isMadeUpFor(span)) return span.startMs;
      const wallBeforeMs = this.#wallBefore(span, afterMs);
      const wallMs = this.#calendar.after(wallBeforeMs);
      if (wallMs === undefined) return undefined;
      if (wallMs - span.offsetMs < span.endMs) return wallMs - span.offsetMs;
      afterMs = span.endMs - 1;
      // From here until a day before the next wall time, every clock shows a time that the calendar does not have.
      if (afterMs >= wallBeforeMs + MAX_OFFSET_MS) afterMs = Math.max(afterMs, wallMs - MAX_OFFSET_MS);
    }
  }

  /** How many occurrences lie in a range. It visits the spans of the range, and of a cycle of 400 years at most. */
  count({ afterMs, untilMs }: CountRange): number {
    const cyclesFromMs = Math.max(afterMs, RULES_FROM_MS);
    const cycles = Math.floor((untilMs - cyclesFromMs) / CYCLE_MS);
    if (cycles < 2) return this.#countBySpan(afterMs, untilMs);
    const cyclesUntilMs = cyclesFromMs + cycles * CYCLE_MS;
    const countPerCycle = this.#countBySpan(cyclesFromMs, cyclesFromMs + CYCLE_MS);
    return (
      this.#countBySpan(afterMs, cyclesFromMs) + cycles * countPerCycle + this.#countBySpan(cyclesUntilMs, untilMs)
    );
  }

  #countBySpan(afterMs: number, untilMs: number): number {
    let count = 0;
    let fromMs = afterMs;
    while (fromMs < untilMs) {
      const span = this.#spanAt(fromMs + 1);
      if (fromMs < span.startMs && this.#isMadeUpFor(span)) count += 1;
      const lastMs = Math.min(untilMs, span.endMs - 1);
      count += this.#calendar.count(this.#wallBefore(span, fromMs), lastMs + span.offsetMs);
      fromMs = lastMs;
    }
    return count;
  }

  #spanAt(instantMs: number): OffsetSpan {
    return offsetSpanAt(this.#timezone, instantMs);
  }

  /** Whether the jump into a span skipped fixed times, which then all fall due at its first instant. */
  #isMadeUpFor(span: OffsetSpan): boolean {
    const gapMs = span.offsetMs - span.offsetBeforeMs;
    if (!this.#isFixedTime || gapMs <= 0 || gapMs > MAX_SHIFT_MS) return false;
    const skippedMs = this.#calendar.after(span.startMs + span.offsetBeforeMs - 1);
    return skippedMs !== undefined && skippedMs < span.startMs + span.offsetMs;
  }

  /** The wall time after which to look for the occurrences of a span that come after `afterMs`. */
  #wallBefore(span: OffsetSpan, afterMs: number): number {
    const wallMs = Math.max(afterMs, span.startMs - 1) + span.offsetMs;
    if (!this.#isFixedTime) return wallMs;
    const shiftMs = span.offsetMs - span.offsetBeforeMs;
    if (shiftMs < 0 && shiftMs >= -MAX_SHIFT_MS) return Math.max(wallMs, span.startMs + span.offsetBeforeMs - 1);
    // The first instant after a gap is a single occurrence, whether it makes up for others, is due by itself, or both.
    return afterMs < span.startMs && this.#isMadeUpFor(span) ? wallMs + 1 : wallMs;
  }
}
