/** Milliseconds of each unit of an interval. A day is 24 hours; only cron expressions know a calendar. */
export const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** The longest delay of a timer of Node.js, almost 25 days. With a longer one it would fire at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;
/** The longest interval: a thousand years. */
const MAX_MS = 1_000 * 365.25 * UNIT_MS.d;

/** Whether a text is meant as an interval, even if it is not well-formed: one word from a digit to a letter. */
export function looksLikeInterval(text: string): boolean {
  return /^\d\S*[a-z]$/i.test(text);
}

const RULE = 'an interval must be a whole number and a unit (ms, s, m, h, d or w), such as "30s"';

/** Milliseconds of an interval such as `500ms`, `30s`, `5m`, `2h`, `1d` or `1w`, or a text that says why it is refused. */
export function parseInterval(text: string): number | string {
  const match = /^(\d+)(ms|s|m|h|d|w)$/.exec(text);
  if (match === null) return `${RULE}${adviceFor(text)}`;
  return checkedLength(Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS]);
}

/** A length in whole milliseconds, or a text that says why it is refused. */
export function checkedLength(milliseconds: number): number | string {
  if (!(milliseconds >= 1)) return 'an interval must be at least 1ms';
  return milliseconds > MAX_MS ? 'an interval must be at most a thousand years' : Math.round(milliseconds);
}

/** A length as one number and the largest unit that it is a multiple of: `90m`. */
export function intervalText(milliseconds: number): string {
  const units = Object.entries(UNIT_MS).reverse();
  const [unit, unitMs] = units.find(([, each]) => milliseconds % each === 0) ?? ['ms', 1];
  return `${milliseconds / unitMs}${unit}`;
}

/** What several numbers with units mean, fractions and other spellings of units included; undefined if nothing. */
export function looseLengthMs(text: string): number | undefined {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?) *([a-z]+)/gi)];
  let sumMs = 0;
  for (const [, amount, word = ''] of parts) {
    const unit = unitOf(word);
    if (unit === undefined) return undefined;
    sumMs += Number(amount) * UNIT_MS[unit];
  }
  const isAll = /^(?:\d+(?:\.\d+)? *[a-z]+[ ,]*(?:and )?)+$/i.test(text);
  return isAll && Number.isInteger(sumMs) && sumMs > 0 ? sumMs : undefined;
}

/** The unit that a word stands for: `min`, `hours`. A capital letter makes no difference. */
export function unitOf(word: string): keyof typeof UNIT_MS | undefined {
  const text = word.toLowerCase();
  if (/^(ms|msecs?|millis?|milliseconds?)$/.test(text)) return 'ms';
  const [, letter] = /^(s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|wks?|weeks?)$/.exec(text) ?? [];
  return letter === undefined ? undefined : (letter.charAt(0) as keyof typeof UNIT_MS);
}

function adviceFor(text: string): string {
  const lengthMs = looseLengthMs(text);
  if (lengthMs !== undefined) return `: write "${intervalText(lengthMs)}"`;
  if (/^\d+(mo|mon|months?)$/i.test(text)) return ': months differ in length, so write "@monthly"';
  return /^\d+(y|yrs?|years?)$/i.test(text) ? ': years differ in length, so write "@yearly"' : '';
}
