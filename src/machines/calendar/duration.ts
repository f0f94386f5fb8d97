/** Milliseconds of each unit of an interval. A day is 24 hours: calendars are for cron expressions. */
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Longest interval: a thousand years. */
const MAX_MS = 1_000 * 365.25 * 86_400_000;

/** Whether a text is meant as an interval, well-formed or not: it is one word that starts with a digit and ends with a letter. */
export function looksLikeInterval(text: string): boolean {
  return /^\d\S*[a-z]$/i.test(text);
}

/** Milliseconds of an interval such as `500ms`, `30s`, `5m`, `2h` or `1d`; a text says why there are none. */
export function parseInterval(text: string): number | string {
  const match = /^(\d+)(ms|s|m|h|d)$/.exec(text);
  if (match === null) return 'an interval is a whole number and one of ms, s, m, h and d, such as "30s"';
  const milliseconds = Number(match[1]) * (UNIT_MS[match[2] as string] as number);
  if (milliseconds < 1) return 'an interval is at least 1ms';
  if (milliseconds > MAX_MS) return 'an interval is at most a thousand years';
  return milliseconds;
}
