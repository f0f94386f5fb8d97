import { parseExpression } from '../../machines/calendar/expression.ts';
import { SharedCalendar } from '../../machines/calendar/recurrence.ts';

/** The calendars of a plugin's schedules, one for each pair of expression and zone. */
export class Calendars {
  readonly #calendars = new Map<string, SharedCalendar>();

  /** @throws InvalidExpressionError */
  get(cron: string, timezone: string, key: string): SharedCalendar {
    // An H is derived from the schedule's key, so a calendar with one serves that schedule only.
    const name = `${timezone}\n${cron}\n${cron.includes('H') ? key : ''}`;
    const known = this.#calendars.get(name);
    if (known !== undefined) return known;
    const calendar = new SharedCalendar(parseExpression(cron, { seed: key }), timezone);
    this.#calendars.set(name, calendar);
    return calendar;
  }
}
