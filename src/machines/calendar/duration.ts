/** Milliseconds of each unit of an interval. A day is 24 hours; only cron expressions know a calendar. */
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The longest interval: a thousand years. */
const MAX_MS = 1_000 * 365.25 * 86_400_000;

/** Whether a text is meant as an interval, even if it is not well-formed: one word from a digit to a letter. */
export function looksLikeInterval(text: string): boolean {
  return /^\d\S*[a-z]$/i.test(text);
}

/** Milliseconds of an interval such as `500ms`, `30s`, `5m`, `2h` or `1d`, or a text that says why it is refused. */
export function parseInterval(text: string): number | string {
  const match = /^(\d+)(ms|s|m|h|d)$/.exec(text);
  if (match === null) return 'an interval must be a whole number and a unit (ms, s, m, h or d), such as "30s"';
  const milliseconds = Number(match[1]) * (UNIT_MS[match[2] as string] as number);
  if (milliseconds < 1) return 'an interval must be at least 1ms';
  if (milliseconds > MAX_MS) return 'an interval must be at most a thousand years';
  return milliseconds;
}
