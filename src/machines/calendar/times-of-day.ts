const DAY_SECONDS = 86_400;

/** The values of the three time fields of a cron expression, each ascending and without duplicates. */
export interface TimeFields {
  readonly hours: readonly number[];
  readonly minutes: readonly number[];
  readonly seconds: readonly number[];
}

/**
 * The times of day of a cron expression, in order. There may be 86,400 of them, so they are not listed but kept as
 * three short lists. A time of day has an index in that order, which makes counting and finding the next one
 * arithmetic.
 */
export class TimesOfDay {
  readonly #fields: TimeFields;
  /** How many times of day lie in a matching hour. */
  readonly #countPerHour: number;
  /** How many there are in a day. */
  readonly countPerDay: number;
  /** The first time of a day, in milliseconds since midnight. */
  readonly firstMs: number;

  constructor(fields: TimeFields) {
    this.#fields = fields;
    this.#countPerHour = fields.minutes.length * fields.seconds.length;
    this.countPerDay = fields.hours.length * this.#countPerHour;
    this.firstMs = this.after(-1) as number;
  }

  /** The first one later than `timeMs`, in milliseconds since midnight. Undefined if there is none left that day. */
  after(timeMs: number): number | undefined {
    const { hours, minutes, seconds } = this.#fields;
    const index = this.countUntil(timeMs);
    const hour = hours[Math.floor(index / this.#countPerHour)];
    if (hour === undefined) return undefined;
    const indexInHour = index % this.#countPerHour;
    const minute = minutes[Math.floor(indexInHour / seconds.length)] as number;
    const second = seconds[indexInHour % seconds.length] as number;
    return ((hour * 60 + minute) * 60 + second) * 1_000;
  }

  /** How many lie in [midnight, timeMs]. A time before or after the day counts as its beginning or its end. */
  countUntil(timeMs: number): number {
    const { hours, minutes, seconds } = this.#fields;
    const time = Math.floor(timeMs / 1_000);
    if (time < 0) return 0;
    if (time >= DAY_SECONDS) return this.countPerDay;
    const [hour, minute, second] = [Math.floor(time / 3_600), Math.floor(time / 60) % 60, time % 60];
    let count = countBelow(hours, hour) * this.#countPerHour;
    if (!hours.includes(hour)) return count;
    count += countBelow(minutes, minute) * seconds.length;
    return minutes.includes(minute) ? count + countBelow(seconds, second + 1) : count;
  }
}

function countBelow(values: readonly number[], limit: number): number {
  const index = values.findIndex((value) => value >= limit);
  return index === -1 ? values.length : index;
}
