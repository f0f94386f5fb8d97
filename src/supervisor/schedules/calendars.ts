import { parseExpression } from '../../machines/calendar/expression.ts';
import { SharedCalendar } from '../../machines/calendar/recurrence.ts';

/**
 * Whether a calendar serves one schedule only. An `H` is derived from the schedule's key, and what begins with `@` may be
 * counted from when the schedule began.
 */
export function isOwn(cron: string): boolean {
  return /H|@(reboot|every)/i.test(cron);
}

/** The calendars of a plugin's schedules, one for each pair of expression and zone. */
export class Calendars {
  readonly #calendars = new Map<string, SharedCalendar>();

  /** @throws InvalidExpressionError */
  get(cron: string, timezone: string, key: string): SharedCalendar {
    const name = `${timezone}\n${cron}\n${isOwn(cron) ? key : ''}`;
    const known = this.#calendars.get(name);
    if (known !== undefined) return known;
    const calendar = new SharedCalendar(parseExpression(cron, { seed: key }), timezone);
    this.#calendars.set(name, calendar);
    return calendar;
  }
}
