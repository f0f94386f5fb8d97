/**
 * Whether the date at the start of an ISO 8601 text is on the calendar, such as `2026-03-29` or `2026-03-29T01:00:00Z`:
 * `Date.parse` would read 30 February as 2 March.
 */
export function isCalendarDate(text: string): boolean {
  const [, date, day] = /^([+-]?\d{4,6}-\d\d-(\d\d))/.exec(text) ?? [];
  return new Date(Date.parse(`${date}T00:00Z`)).getUTCDate() === Number(day);
}
