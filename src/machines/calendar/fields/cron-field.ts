/** The fields of a cron expression: their limits, their names, and the values that an item of them stands for. */

export interface CronField {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names of values, in order from `firstNamed`. */
  readonly names?: readonly string[];
  readonly firstNamed?: number;
  /** It may have special days, and `?`. */
  readonly days?: 'day-of-month' | 'day-of-week';
}

export const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
export const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const SECOND: CronField = { name: 'second', min: 0, max: 59 };
const FIELDS: readonly CronField[] = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of month', min: 1, max: 31, days: 'day-of-month' },
  { name: 'month', min: 1, max: 12, names: MONTHS, firstNamed: 1 },
  { name: 'day of week', min: 0, max: 7, names: WEEKDAYS, firstNamed: 0, days: 'day-of-week' },
];

/** The fields of an expression that has so many: 5, or 6 with the seconds first. */
export function fieldsOf(count: number): readonly CronField[] {
  return count === 6 ? [SECOND, ...FIELDS] : FIELDS;
}

/** The number or name of a field as a number, which may be outside of its limits. Undefined for any other text. */
export function valueIn({ names, firstNamed = 0 }: CronField, text: string): number | undefined {
  const index = names?.indexOf(text.toLowerCase()) ?? -1;
  if (index !== -1) return index + firstNamed;
  return wholeNumber(text);
}

export function wholeNumber(text: string): number | undefined {
  return /^\d{1,4}$/.test(text) ? Number(text) : undefined;
}

/** A range with its step. A range whose end comes before its beginning goes on at the other end of the field. */
export interface Stepped {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** The values of a range, in any order and without duplicates. Sunday is 0. */
export function valuesOf(field: CronField, { from, to, step }: Stepped): number[] {
  const isWeekday = field.days === 'day-of-week';
  // Sunday is both ends of a week: as the beginning of a range that wraps around it is its first day.
  const first = isWeekday && from === 7 && to < 7 ? 0 : from;
  const size = isWeekday ? 7 : field.max - field.min + 1;
  const last = to < first ? to + size : to;
  const values = new Set<number>();
  for (let value = first; value <= last; value += step) values.add(((value - field.min) % size) + field.min);
  return [...values];
}
