/**
 * A second opinion on recurrence that shares no code with the first: it walks the minutes of a span one by one, asks
 * `Intl.DateTimeFormat` what the wall clock shows at each, and matches fields that it reads itself. Slow and simple.
 */

interface Wall {
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
  /** Wall-clock minutes since some midnight, to see jumps. */
  readonly minutes: number;
}

const MINUTE_MS = 60_000;
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** The occurrences of a 5-field expression of numbers, `*`, steps, ranges and lists in (fromMs, untilMs]. */
export function oracle(expression: string, timezone: string, span: { fromMs: number; untilMs: number }): number[] {
  const fields = expression.split(' ');
  const [minute = '', hour = ''] = fields;
  const isFixedTime = !minute.startsWith('*') && !hour.startsWith('*');
  const clock = wallClock(timezone);
  const seen = new Set<number>();
  const occurrences: number[] = [];
  // A day before the span is walked too, to know what a repeated hour has shown already.
  const startMs = Math.floor(span.fromMs / MINUTE_MS) * MINUTE_MS - 26 * 60 * MINUTE_MS;
  let before = clock(startMs - MINUTE_MS);
  for (let instantMs = startMs; instantMs <= span.untilMs; instantMs += MINUTE_MS) {
    const wall = clock(instantMs);
    const isDue = isFixedTime ? fixedTimeDue(fields, before, wall, seen) : matches(fields, wall);
    if (isDue && instantMs > span.fromMs) occurrences.push(instantMs);
    before = wall;
  }
  return occurrences;
}

/** Every wall minute counts once: the skipped ones at the jump, the repeated ones the first time. */
function fixedTimeDue(fields: readonly string[], before: Wall, wall: Wall, seen: Set<number>): boolean {
  const jump = wall.minutes - before.minutes - 1;
  let isDue = false;
  if (jump > 0 && jump <= 180) {
    for (let minutes = before.minutes + 1; minutes < wall.minutes; minutes++) {
      if (takes(seen, minutes) && matches(fields, wallOf(minutes))) isDue = true;
    }
  }
  return (takes(seen, wall.minutes) && matches(fields, wall)) || isDue;
}

function takes(seen: Set<number>, minutes: number): boolean {
  if (seen.has(minutes)) return false;
  seen.add(minutes);
  return true;
}

function wallClock(timezone: string): (instantMs: number) => Wall {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  return (instantMs) => {
    const parts = Object.fromEntries(format.formatToParts(instantMs).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 0, day = 0, hour = 0, minute = 0 } = parts;
    return wallOf(Date.UTC(year, month - 1, day, hour, minute) / MINUTE_MS);
  };
}

function wallOf(minutes: number): Wall {
  const date = new Date(minutes * MINUTE_MS);
  const weekday = WEEKDAYS.indexOf(date.toUTCString().slice(0, 3));
  return {
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    weekday,
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    minutes,
  };
}

function matches([minute = '', hour = '', day = '', month = '', weekday = '']: readonly string[], wall: Wall): boolean {
  const isDay = contains(day, wall.day, 1, 31);
  const isWeekday = contains(weekday, wall.weekday, 0, 7) || (wall.weekday === 0 && contains(weekday, 7, 0, 7));
  const isDate = day !== '*' && weekday !== '*' ? isDay || isWeekday : isDay && isWeekday;
  return (
    contains(minute, wall.minute, 0, 59) &&
    contains(hour, wall.hour, 0, 23) &&
    isDate &&
    contains(month, wall.month, 1, 12)
  );
}

function contains(field: string, value: number, min: number, max: number): boolean {
  return field.split(',').some((item) => {
    const [range = '', step = '1'] = item.split('/');
    const [low, high = low] = range === '*' ? [min, max] : range.split('-').map(Number);
    return value >= Number(low) && value <= Number(high) && (value - Number(low)) % Number(step) === 0;
  });
}
