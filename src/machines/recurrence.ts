/**
 * The next occurrence, as a pure function of (expression, zone, from). cron-parser walks wall-clock times on a calendar without
 * a zone, and this file maps them to instants, by Vixie cron's rule:
 *
 * - fixed-time: a wall time in a skipped hour falls due once, at the first instant after the jump, together with all others
 *   of the gap; a wall time in a repeated hour falls due the first time.
 * - wildcard: every instant whose wall clock matches; nothing in the gap, both passes of a repeated hour.
 * - a jump of more than three hours is a new calendar: nothing is made up for.
 *
 * "Wall" is a wall-clock time written as the epoch milliseconds that it would have in UTC.
 */
import { RecurrenceStuckError } from '../errors.ts';
import { type CalendarExpression, calendarOf, type Expression } from './expression.ts';
import { type OffsetSpan, offsetSpanAt } from './time-zone.ts';

/** Longest jump for which a fixed-time schedule is made up for. */
const MAX_GAP_MS = 3 * 3_600_000;
/** First window of a search backwards. It doubles. */
const FIRST_WINDOW_MS = 60_000;

/**
 * The first occurrence after `fromMs`, in epoch milliseconds.
 * @throws RecurrenceStuckError when there is none, or when it would not be later.
 */
export function nextOccurrence(expression: Expression, timezone: string, fromMs: number): number {
  const nextMs =
    expression.kind === 'interval'
      ? nextMultiple(expression.everyMs, fromMs)
      : nextInZone(expression, timezone, fromMs);
  if (!(nextMs > fromMs)) throw new RecurrenceStuckError(expression.source, fromMs);
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
  for (let windowMs = FIRST_WINDOW_MS; ; windowMs *= 2) {
    const fromMs = Math.max(atMs - windowMs, sinceMs);
    const lastMs = lastIn(expression, timezone, { fromMs, untilMs: atMs });
    if (lastMs !== undefined || fromMs === sinceMs) return lastMs;
  }
}

/** How many occurrences lie in (afterMs, untilMs], at most `limit`. */
export function countOccurrences(
  expression: Expression,
  timezone: string,
  { afterMs, untilMs, limit }: { readonly afterMs: number; readonly untilMs: number; readonly limit: number },
): number {
  if (expression.kind === 'interval') {
    const { everyMs } = expression;
    return Math.min(Math.max(Math.floor(untilMs / everyMs) - Math.floor(afterMs / everyMs), 0), limit);
  }
  let count = 0;
  for (const _ of occurrencesIn(expression, timezone, { fromMs: afterMs, untilMs })) {
    count += 1;
    if (count >= limit) break;
  }
  return count;
}

/** The first `count` occurrences after `fromMs`. */
export function occurrencesAfter(
  expression: Expression,
  timezone: string,
  { fromMs, count }: { readonly fromMs: number; readonly count: number },
): number[] {
  const occurrences: number[] = [];
  for (let lastMs = fromMs; occurrences.length < count; occurrences.push(lastMs))
    lastMs = nextOccurrence(expression, timezone, lastMs);
  return occurrences;
}

function* occurrencesIn(
  expression: Expression,
  timezone: string,
  span: { fromMs: number; untilMs: number },
): Generator<number> {
  for (let nextMs = nextOccurrence(expression, timezone, span.fromMs); nextMs <= span.untilMs; ) {
    yield nextMs;
    nextMs = nextOccurrence(expression, timezone, nextMs);
  }
}

function lastIn(
  expression: Expression,
  timezone: string,
  span: { fromMs: number; untilMs: number },
): number | undefined {
  let lastMs: number | undefined;
  for (const occurrenceMs of occurrencesIn(expression, timezone, span)) lastMs = occurrenceMs;
  return lastMs;
}

function nextMultiple(everyMs: number, fromMs: number): number {
  return (Math.floor(fromMs / everyMs) + 1) * everyMs;
}

function nextInZone(expression: CalendarExpression, timezone: string, fromMs: number): number {
  if (timezone === 'UTC') return nextWall(expression, fromMs);
  return expression.isFixedTime
    ? nextFixedTime(expression, timezone, fromMs)
    : nextWildcard(expression, timezone, fromMs);
}

/** Walks spans of constant offset: within one, wall times and instants differ by a constant. */
function nextWildcard(expression: CalendarExpression, timezone: string, fromMs: number): number {
  let span = offsetSpanAt(timezone, fromMs);
  let wallMs = nextWall(expression, fromMs + span.offsetMs);
  while (wallMs - span.offsetMs >= span.endMs) {
    const next = offsetSpanAt(timezone, span.endMs);
    const startWallMs = next.startMs + next.offsetMs;
    const isRepeating = next.offsetMs < span.offsetMs;
    if (isRepeating || wallMs < startWallMs) wallMs = nextWall(expression, startWallMs - 1);
    span = next;
  }
  return wallMs - span.offsetMs;
}

/** Wall times in order; each maps to one instant, and those that were dealt with by `fromMs` are passed over. */
function nextFixedTime(expression: CalendarExpression, timezone: string, fromMs: number): number {
  const here = offsetSpanAt(timezone, fromMs);
  let wallMs = fromMs + here.offsetMs;
  for (;;) {
    wallMs = nextWall(expression, Math.max(wallMs, repeatedUntil(timezone, here, wallMs)));
    const instantMs = instantOf(timezone, wallMs, here);
    if (instantMs !== undefined && instantMs > fromMs) return instantMs;
  }
}

/** In the second pass of a repeated hour every wall time of it has had its turn: the last one, else the wall time itself. */
function repeatedUntil(timezone: string, here: OffsetSpan, wallMs: number): number {
  if (here.startMs === Number.NEGATIVE_INFINITY) return wallMs;
  const before = offsetSpanAt(timezone, here.startMs - 1);
  return Math.max(wallMs, here.startMs + before.offsetMs - 1);
}

/** The instant of a wall time: the first of two, the end of the gap for one that is skipped, none in a new calendar. */
function instantOf(timezone: string, wallMs: number, near: OffsetSpan): number | undefined {
  let span = near;
  while (wallMs >= span.endMs + span.offsetMs) {
    const next = offsetSpanAt(timezone, span.endMs);
    const gapMs = next.offsetMs - span.offsetMs;
    if (wallMs < next.startMs + next.offsetMs && gapMs > 0) return gapMs > MAX_GAP_MS ? undefined : next.startMs;
    span = next;
  }
  return wallMs - span.offsetMs;
}

/** The first wall time after `wallMs`, on cron-parser's own calendar, which is right where there are no zones. */
function nextWall(expression: CalendarExpression, wallMs: number): number {
  const calendar = calendarOf(expression);
  calendar.reset(new Date(Math.floor(wallMs)));
  try {
    const nextMs = calendar.next().getTime();
    if (nextMs > wallMs) return nextMs;
  } catch (error) {
    throw new RecurrenceStuckError(expression.source, wallMs, { cause: error });
  }
  throw new RecurrenceStuckError(expression.source, wallMs);
}
