/**
 * Days that a month has by its length and its weekdays: `L`, `L-3`, `LW`, `15W`, `1#2` and `5L`. Each of them is at most
 * one day in a month. Letters may be small.
 */
import { type CronField, valueIn, WEEKDAYS } from './cron-field.ts';

export type SpecialDay =
  /** `L` and `L-3`: so many days before the last one. With `W`, the nearest workday. */
  | { readonly kind: 'from-end'; readonly daysBefore: number; readonly isWorkday: boolean }
  /** `15W`: the workday nearest to a date, in the same month. */
  | { readonly kind: 'workday'; readonly date: number }
  /** `1#2`: the second Monday. */
  | { readonly kind: 'nth-weekday'; readonly weekday: number; readonly nth: number }
  /** `5L`: the last Friday. */
  | { readonly kind: 'last-weekday'; readonly weekday: number };

/** What decides which day of a month a special day is. */
export interface MonthShape {
  /** Weekday of its first day: 0 is Sunday. */
  readonly firstWeekday: number;
  /** How many days it has. */
  readonly length: number;
}

/** The date of a special day in a month. Undefined if the month has none. */
export function dateOf(day: SpecialDay, month: MonthShape): number | undefined {
  const date = plainDate(day, month);
  if (date < 1 || date > month.length) return undefined;
  const isWorkday = day.kind === 'workday' || (day.kind === 'from-end' && day.isWorkday);
  return isWorkday ? nearestWorkday(date, month) : date;
}

function plainDate(day: SpecialDay, { firstWeekday, length }: MonthShape): number {
  switch (day.kind) {
    case 'from-end':
      return length - day.daysBefore;
    case 'workday':
      return day.date;
    case 'nth-weekday':
      return firstDateOf(day.weekday, firstWeekday) + (day.nth - 1) * 7;
    case 'last-weekday': {
      const first = firstDateOf(day.weekday, firstWeekday);
      return first + Math.floor((length - first) / 7) * 7;
    }
  }
}

function firstDateOf(weekday: number, firstWeekday: number): number {
  return 1 + ((weekday - firstWeekday + 7) % 7);
}

/** Saturday moves to Friday and Sunday to Monday, unless that is in another month: then it moves the other way. */
function nearestWorkday(date: number, { firstWeekday, length }: MonthShape): number {
  const weekday = (firstWeekday + date - 1) % 7;
  if (weekday === 6) return date === 1 ? 3 : date - 1;
  if (weekday === 0) return date === length ? date - 2 : date + 1;
  return date;
}

/** Reads an item of a day field. Undefined if it is not meant as a special day; a text that says why it is refused. */
export function readSpecialDay(field: CronField, text: string): SpecialDay | string | undefined {
  if (field.days === 'day-of-month') return readSpecialDate(text.toUpperCase());
  return field.days === 'day-of-week' ? readSpecialWeekday(field, text) : undefined;
}

/** The most days before the last one that any month has. */
const MOST_DAYS_BEFORE = 30;

function readSpecialDate(text: string): SpecialDay | string | undefined {
  const fromEnd = /^L(?:-(\d{1,4}))?(W)?$/.exec(text);
  if (fromEnd !== null) {
    const [, daysText, workday] = fromEnd;
    const daysBefore = Number(daysText ?? 0);
    return daysBefore > MOST_DAYS_BEFORE || (daysText !== undefined && daysBefore === 0)
      ? `day of month "${text}": the number after "L-" must be within 1–${MOST_DAYS_BEFORE}`
      : { kind: 'from-end', daysBefore, isWorkday: workday !== undefined };
  }
  const date = /^(\d{1,4})W$/.exec(text)?.[1];
  if (date !== undefined) {
    return Number(date) >= 1 && Number(date) <= 31
      ? { kind: 'workday', date: Number(date) }
      : `day of month "${text}": the day before "W" must be within 1–31`;
  }
  if (/^\d+L$/.test(text))
    return `day of month "${text}" is not a day: write "L" for the last day, "L-3" for the third before it`;
  if (/^(\d+-\d+W|W\d*|WL)$/.test(text))
    return `day of month "${text}": "W" follows one day: write "15W" for the workday nearest to the 15th, "LW" for the last one`;
  return undefined;
}

/** The letters and signs of special days, once names are taken out, of which `wed` has one. */
const MARK = /[LW#]/i;
const NAME = new RegExp(WEEKDAYS.join('|'), 'gi');

function readSpecialWeekday(field: CronField, text: string): SpecialDay | string | undefined {
  if (!MARK.test(text.replace(NAME, ''))) return undefined;
  const [, day = '', nthText] = /^([0-9]|[a-z]{3})(?:L|#([0-9]+))$/i.exec(text) ?? [];
  const weekday = valueIn(field, day);
  if (weekday === undefined) return weekdayProblem(text);
  if (weekday > 7) return `day of week ${weekday} must be within 0–7: 0 and 7 are Sunday`;
  if (nthText === undefined) return { kind: 'last-weekday', weekday: weekday % 7 };
  const nth = Number(nthText);
  if (nth >= 1 && nth <= 5) return { kind: 'nth-weekday', weekday: weekday % 7, nth };
  const advice = nth > 5 ? `: write "${day}L" for the last one` : '';
  return `day of week "${text}": the number after "#" must be within 1–5${advice}`;
}

function weekdayProblem(text: string): string {
  const [, first, last, nth] = /^(\w+)-(\w+)(#\d|L)$/i.exec(text) ?? [];
  const [, wholeName, mark] = /^([a-z]{4,})(#\d|L)$/i.exec(text) ?? [];
  if (/^L$/i.test(text))
    return 'day of week "L" needs a day: write "5L" for the last Friday, or "6" for every Saturday';
  if (/^L-?\d$/i.test(text))
    return `day of week "${text}" must begin with the day: write "5L" for the last Friday. "L-3" works only in the day of month`;
  if (/W$/i.test(text))
    return `day of week "${text}": "W" works only in the day of month. Write "MON-FRI" for every workday`;
  const rule = `day of week "${text}" must be the last ("5L") or the nth ("1#2") of a month`;
  if (nth !== undefined) return `${rule}: write each day, such as "${first}${nth},${last}${nth}"`;
  if (/#L$/i.test(text)) return `${rule}: write "${text.replace(/#L$/i, 'L')}"`;
  return wholeName === undefined ? rule : `${rule}: write "${wholeName.slice(0, 3)}${mark}"`;
}
