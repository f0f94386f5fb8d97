const DAY_MS = 86_400_000;
/** After this many months the Gregorian calendar repeats itself, weekdays included. */
const CYCLE_MONTHS = 4_800;
const MONTH_LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** The values of the three day fields of a cron expression. */
export interface DayFields {
  readonly months: readonly number[];
  /** Undefined for `*` and `?`. */
  readonly daysOfMonth: readonly number[] | undefined;
  /** `L`: the last day of the month, too. */
  readonly hasLastDay: boolean;
  /** 0 is Sunday. Undefined for `*` and `?`. */
  readonly weekdays: readonly number[] | undefined;
  /** Only the nth of each of the `weekdays` in the month (`1#2`). 0: every one. */
  readonly nthWeekday: number;
  /** `5L`: the last of these weekdays in the month, too. */
  readonly lastWeekdays: readonly number[];
}

/** A day within its month. */
interface MonthDay {
  readonly date: number;
  readonly weekday: number;
  readonly monthLength: number;
}

/** The days of a cron expression, on the Gregorian calendar. Days are counted since the Unix epoch. */
export class CalendarDays {
  readonly #fields: DayFields;
  readonly #isDaily: boolean;

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
    const date = new Date(day * DAY_MS);
    let year = date.getUTCFullYear();
    let monthIndex = date.getUTCMonth();
    let firstDay = day - date.getUTCDate() + 1;
    for (let count = 0; count <= CYCLE_MONTHS; count++) {
      const monthLength = monthIndex === 1 && isLeap(year) ? 29 : (MONTH_LENGTHS[monthIndex] ?? Number.NaN);
      const found = this.#inMonth(monthIndex + 1, { firstDay, monthLength }, day);
      if (found !== undefined) return found;
      firstDay += monthLength;
      monthIndex = (monthIndex + 1) % 12;
      if (monthIndex === 0) year += 1;
    }
    return undefined;
  }

  #inMonth(month: number, place: { firstDay: number; monthLength: number }, fromDay: number): number | undefined {
    if (!this.#fields.months.includes(month)) return undefined;
    const { firstDay, monthLength } = place;
    for (let day = Math.max(fromDay, firstDay); day < firstDay + monthLength; day++) {
      // The Unix epoch was a Thursday. Days before it are negative, and so is their remainder.
      const weekday = (((day + 4) % 7) + 7) % 7;
      if (this.#matches({ date: day - firstDay + 1, weekday, monthLength })) return day;
    }
    return undefined;
  }

  /** If both day fields are restricted, a day needs to match only one of them. */
  #matches(day: MonthDay): boolean {
    const { daysOfMonth, weekdays } = this.#fields;
    if (daysOfMonth === undefined) return weekdays === undefined || this.#matchesWeekday(weekdays, day);
    if (daysOfMonth.includes(day.date) || (this.#fields.hasLastDay && day.date === day.monthLength)) return true;
    return weekdays !== undefined && this.#matchesWeekday(weekdays, day);
  }

  #matchesWeekday(weekdays: readonly number[], { date, weekday, monthLength }: MonthDay): boolean {
    const { nthWeekday, lastWeekdays } = this.#fields;
    if (lastWeekdays.includes(weekday) && date > monthLength - 7) return true;
    return weekdays.includes(weekday) && (nthWeekday === 0 || Math.ceil(date / 7) === nthWeekday);
  }
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}
