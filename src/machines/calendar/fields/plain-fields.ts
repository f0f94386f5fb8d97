/**
 * Turns the fields of an expression into what cron-parser reads, and the special days, which it does not. Fields with a
 * single plain item are left as they are. A list may overlap and a range may wrap around, so they become lists of
 * values, each of them once.
 */
import { type CronField, fieldsOf } from './cron-field.ts';
import { type FieldItem, readItem } from './field-item.ts';
import type { SpecialDay } from './special-day.ts';

export interface PlainFields {
  /**
   * Expressions for cron-parser, whose values count together: mostly one. An `H` beside other items makes another one,
   * because the value that it becomes may be among those, and cron-parser refuses a value that comes twice.
   */
  readonly readings: readonly string[];
  readonly specialDays: readonly SpecialDay[];
}

/**
 * An item that stands beside the plain values for what cron-parser does not see, so that the field counts as restricted,
 * and a date that the month does not have is no reason to refuse the expression.
 */
const MARKS = { 'day-of-month': 'L', 'day-of-week': '0L' } as const;

/** @param fields The fields of an expression that was checked, separated by one blank each. */
export function plainFields(fields: string): PlainFields {
  // The fields of most expressions are read by cron-parser as they are.
  if (!/[-,LW#]/i.test(fields)) return { readings: [fields], specialDays: [] };
  const texts = fields.split(' ');
  const specialDays: SpecialDay[] = [];
  const alternatives = fieldsOf(texts.length).map((field, index) => {
    const items = (texts[index] as string).split(',').map((item) => readItem(field, item));
    for (const item of items) if (item.kind === 'special') specialDays.push(item.day);
    return readingsOf(field, texts[index] as string, items);
  });
  const [days = [], months = []] = alternatives.slice(-3);
  // Each reading has some of the months only, and a date that those do not have may be in another one's.
  if (months.length > 1) alternatives.splice(-3, 1, days.map(withMark));
  const count = Math.max(...alternatives.map(({ length }) => length));
  const readings = Array.from({ length: count }, (_, reading) =>
    alternatives.map((texts) => texts[Math.min(reading, texts.length - 1)]).join(' '),
  );
  return { readings, specialDays };
}

/** The dates of a field with the mark that keeps cron-parser from comparing them with the months. */
function withMark(dates: string): string {
  return /^[\d,/]+$/.test(dates) ? `${dates},${MARKS['day-of-month']}` : dates;
}

/** One text for all plain values, and one for each `H`. */
function readingsOf(field: CronField, text: string, items: readonly FieldItem[]): string[] {
  if (!/[-,]/.test(text) && items[0]?.kind !== 'special') return [text];
  const values = new Set(items.flatMap((item) => (item.kind === 'values' ? item.values : [])));
  const hashed = new Set(items.flatMap((item) => (item.kind === 'hashed' ? [item.text] : [])));
  const hasSpecial = items.some(({ kind }) => kind === 'special');
  if (values.size === 0 && !hasSpecial) return [...hashed];
  const mark = field.days !== undefined && (hasSpecial || hashed.size > 0) ? [MARKS[field.days]] : [];
  return [[...[...values].sort((a, b) => a - b), ...mark].join(','), ...hashed];
}
