import { dateOf, type SpecialDay } from './fields/special-day.ts';

const DAY_MS = 86_400_000;
/** After this many months or days the Gregorian calendar repeats itself, weekdays included. */
const CYCLE_MONTHS = 4_800;
export const CYCLE_DAYS = 146_097;
const MONTH_LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** The values of the three day fields of a cron expression. */
export interface DayFields {
  readonly months: readonly number[];
  /** Undefined for `*` and `?`. */
  readonly daysOfMonth: readonly number[] | undefined;
  /** 0 is Sunday. Undefined for `*` and `?`. */
  readonly weekdays: readonly number[] | undefined;
  /** Of both day fields. */
  readonly specialDays: readonly SpecialDay[];
}

/** A month on the calendar. `firstDay` is its first day, counted since the Unix epoch. */
interface Month {
  readonly year: number;
  /** 0 is January. */
  readonly index: number;
  readonly firstDay: number;
  readonly length: number;
}

/** The days of a cron expression, on the Gregorian calendar. Days are counted since the Unix epoch. */
export class CalendarDays {
  readonly #fields: DayFields;
  readonly #isDaily: boolean;
  /** How many days match in a whole month, by the kind of the month. There are at most 91 kinds. */
  readonly #countByKind = new Map<number, number>();
  #countPerCycle: number | undefined;

  constructor(fields: DayFields) {
    this.#fields = fields;
    const isAnyDay = fields.daysOfMonth === undefined && fields.weekdays === undefined;
    this.#isDaily = isAnyDay && fields.months.length === 12;
  }

  /**
   * The first one that is `day` or later. Undefined if a whole cycle of the calendar has none: then there is never one.
   */
  from(day: number): number | undefined {
    if (this.#isDaily) return day;
    let month = monthOf(day);
    for (let count = 0; count <= CYCLE_MONTHS; count++) {
      const found = this.#firstIn(month, day);
      if (found !== undefined) return found;
      month = monthAfter(month);
    }
    return undefined;
  }

  /** Whether a day is one of them. */
  has(day: number): boolean {
    return this.#isDaily || this.#matches(day, monthOf(day));
  }

  /** How many of them are `fromDay`, `untilDay` or in between. 0 if the range runs backwards. */
  count(fromDay: number, untilDay: number): number {
    if (untilDay < fromDay) return 0;
    if (this.#isDaily) return untilDay - fromDay + 1;
    const cycles = Math.floor((untilDay - fromDay + 1) / CYCLE_DAYS);
    if (cycles === 0) return this.#countByMonth(fromDay, untilDay);
    this.#countPerCycle ??= this.#countByMonth(0, CYCLE_DAYS - 1);
    return cycles * this.#countPerCycle + this.#countByMonth(fromDay + cycles * CYCLE_DAYS, untilDay);
  }

  #countByMonth(fromDay: number, untilDay: number): number {
    let count = 0;
    for (let month = monthOf(fromDay); month.firstDay <= untilDay; month = monthAfter(month)) {
      const endDay = month.firstDay + month.length;
      const isWhole = fromDay <= month.firstDay && endDay <= untilDay + 1;
      count += isWhole
        ? this.#countOfKind(month)
        : this.#countIn(month, Math.max(fromDay, month.firstDay), Math.min(untilDay + 1, endDay));
    }
    return count;
  }

  /** Months of the same name, length and first weekday have the same days. */
  #countOfKind(month: Month): number {
    const kind = (month.index * 7 + weekdayOf(month.firstDay)) * 32 + month.length;
    let count = this.#countByKind.get(kind);
    if (count === undefined) {
      count = this.#countIn(month, month.firstDay, month.firstDay + month.length);
      this.#countByKind.set(kind, count);
    }
    return count;
  }

  #countIn(month: Month, fromDay: number, endDay: number): number {
    if (!this.#fields.months.includes(month.index + 1)) return 0;
    let count = 0;
    for (let day = fromDay; day < endDay; day++) if (this.#matches(day, month)) count += 1;
    return count;
  }

  #firstIn(month: Month, fromDay: number): number | undefined {
    if (!this.#fields.months.includes(month.index + 1)) return undefined;
    for (let day = Math.max(fromDay, month.firstDay); day < month.firstDay + month.length; day++) {
      if (this.#matches(day, month)) return day;
    }
    return undefined;
  }

  /** If both day fields are restricted, a day needs to match only one of them. */
  #matches(day: number, { index, firstDay, length }: Month): boolean {
    const { months, daysOfMonth, weekdays, specialDays } = this.#fields;
    if (!months.includes(index + 1)) return false;
    if (daysOfMonth === undefined && weekdays === undefined) return true;
    const date = day - firstDay + 1;
    if (daysOfMonth?.includes(date) || weekdays?.includes(weekdayOf(day))) return true;
    if (specialDays.length === 0) return false;
    const shape = { firstWeekday: weekdayOf(firstDay), length };
    return specialDays.some((special) => dateOf(special, shape) === date);
  }
}

/** 0 is Sunday. The Unix epoch was a Thursday. Days before it are negative, and so is their remainder. */
function weekdayOf(day: number): number {
  return (((day + 4) % 7) + 7) % 7;
}

function monthOf(day: number): Month {
  const date = new Date(day * DAY_MS);
  const [year, index] = [date.getUTCFullYear(), date.getUTCMonth()];
  return { year, index, firstDay: day - date.getUTCDate() + 1, length: lengthOf(year, index) };
}

function monthAfter({ year, index, firstDay, length }: Month): Month {
  const [nextYear, nextIndex] = index === 11 ? [year + 1, 0] : [year, index + 1];
  return { year: nextYear, index: nextIndex, firstDay: firstDay + length, length: lengthOf(nextYear, nextIndex) };
}

function lengthOf(year: number, monthIndex: number): number {
  return monthIndex === 1 && isLeap(year) ? 29 : (MONTH_LENGTHS[monthIndex] as number);
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}
