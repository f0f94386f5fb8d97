/**
 * A second opinion on which days and times an expression has, for the forms that no other engine reads alike. It shares
 * no code with ours: it asks of every day and second whether a field has it, and finds special days by looking around.
 * UTC only. Slow and simple.
 */

const DAY_MS = 86_400_000;
const NAMES: Readonly<Record<string, number>> = {
  ...Object.fromEntries(['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'].map((name, index) => [name, index])),
  ...Object.fromEntries(
    ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'].map((name, index) => [
      name,
      index + 1,
    ]),
  ),
};

/** The midnights of days in [fromMs, untilMs) that the three day fields of an expression have. */
export function daysByOracle(fields: string, fromMs: number, untilMs: number): number[] {
  const [day = '', month = '', weekday = ''] = fields.split(' ');
  const found: number[] = [];
  for (let atMs = Math.ceil(fromMs / DAY_MS) * DAY_MS; atMs < untilMs; atMs += DAY_MS) {
    const isDay = day.split(',').some((item) => hasDate(item, atMs));
    const isWeekday = weekday.split(',').some((item) => hasWeekday(item, atMs));
    const isDate = day !== '*' && weekday !== '*' ? isDay || isWeekday : isDay && isWeekday;
    if (isDate && hasValue(month, new Date(atMs).getUTCMonth() + 1, 1, 12)) found.push(atMs);
  }
  return found;
}

/** Whether a field of numbers, names, ranges that may wrap around, steps and lists has a value. */
export function hasValue(field: string, value: number, min: number, max: number): boolean {
  return field.split(',').some((item) => {
    const [range = '', stepText] = item.split('/');
    const [from = '', to] = range.split('-');
    const low = range === '*' ? min : numberOf(from);
    const high = range === '*' || (to === undefined && stepText !== undefined) ? max : numberOf(to ?? from);
    // From the beginning of the range, step by step, until its end is reached or passed.
    const length = (high - low + (max - min + 1)) % (max - min + 1);
    for (let walked = 0; walked <= length; walked += Number(stepText ?? 1)) {
      if (((low - min + walked) % (max - min + 1)) + min === value) return true;
    }
    return false;
  });
}

function numberOf(text: string): number {
  return NAMES[text.toUpperCase()] ?? Number(text);
}

function hasDate(item: string, atMs: number): boolean {
  if (!/[LW]/.test(item)) return hasValue(item, new Date(atMs).getUTCDate(), 1, 31);
  const wanted = item.startsWith('L')
    ? lastDayMs(atMs) - Number(/\d+/.exec(item)?.[0] ?? 0) * DAY_MS
    : dateMs(atMs, item);
  if (!isSameMonth(wanted, atMs)) return false;
  return atMs === (item.endsWith('W') ? nearestWorkday(wanted) : wanted);
}

/** Looks one day before, one after, two after and two before, in the same month. */
function nearestWorkday(wantedMs: number): number {
  const order = weekdayOf(wantedMs) === 6 ? [0, -1, 2] : [0, 1, -2];
  const found = order.map((days) => wantedMs + days * DAY_MS).find((ms) => isWorkday(ms) && isSameMonth(ms, wantedMs));
  return found ?? Number.NaN;
}

function hasWeekday(item: string, atMs: number): boolean {
  const weekday = weekdayOf(atMs);
  const date = new Date(atMs).getUTCDate();
  const [name = '', nth] = item.split('#');
  if (nth !== undefined) return weekday === numberOf(name) % 7 && Math.ceil(date / 7) === Number(nth);
  if (item.endsWith('L')) return weekday === numberOf(item.slice(0, -1)) % 7 && !isSameMonth(atMs + 7 * DAY_MS, atMs);
  return hasValue(item.replace(/\b7\b/g, '0'), weekday, 0, 6);
}

function weekdayOf(atMs: number): number {
  return new Date(atMs).getUTCDay();
}

function isWorkday(atMs: number): boolean {
  return weekdayOf(atMs) % 6 !== 0;
}

function isSameMonth(aMs: number, bMs: number): boolean {
  return new Date(aMs).toISOString().slice(0, 7) === new Date(bMs).toISOString().slice(0, 7);
}

function lastDayMs(atMs: number): number {
  const date = new Date(atMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0);
}

/** The day of `15W` in the month of an instant; in another month if it has no such day. */
function dateMs(atMs: number, item: string): number {
  const date = new Date(atMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), Number.parseInt(item, 10));
}
