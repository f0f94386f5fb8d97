/**
 * Reads expressions. An `Expression` is small and plain, because ten thousand idle schedules keep one each. The
 * calendar behind it is in a bounded cache in wall-calendar.ts, and is made again from the expression when it is
 * needed.
 */
import { InvalidExpressionError } from '../../errors.ts';
import { looksLikeInterval, parseInterval } from './duration.ts';
import { fieldProblems } from './fields/cron-fields.ts';
import { fieldTexts } from './reading/field-texts.ts';
import { foreignForm } from './reading/foreign-forms.ts';
import { parseGoDuration } from './reading/go-duration.ts';
import { looksLikeIsoDuration, parseIsoDuration } from './reading/iso-duration.ts';
import { nicknameFields, nicknameProblem } from './reading/nicknames.ts';
import { plainText } from './reading/unusual-characters.ts';
import { zonePrefix } from './reading/zone-prefix.ts';
import { calendarProblem } from './wall-calendar.ts';

/** Due every `everyMs`, counted from the Unix epoch or from `originMs`. */
export interface IntervalExpression {
  readonly kind: 'interval';
  readonly source: string;
  readonly everyMs: number;
  /** It is counted from when its schedule began: see `anchored()`. */
  readonly isFromStart?: true;
  /** Epoch milliseconds. Absent: 0, or not known yet. */
  readonly originMs?: number;
}

/** Due once after each start of the scheduler. */
export interface StartExpression {
  readonly kind: 'start';
  readonly source: string;
  /** The occurrence of this start, epoch milliseconds. Absent: none, or not known yet. */
  readonly startMs?: number;
}

/** Due at certain wall-clock times on certain days. */
export interface CalendarExpression {
  readonly kind: 'calendar';
  readonly source: string;
  /** The cron fields. If `source` is a nickname, the fields that it stands for. */
  readonly fields: string;
  /** What `H` is derived from, never empty. Absent if the expression has no `H`. */
  readonly seed?: string;
  /** Neither the minute nor the hour field starts with `*`: it still falls due when summer time skips its hour. */
  readonly isFixedTime: boolean;
}

/** When a schedule falls due, before its time zone and jitter. */
export type Expression = IntervalExpression | StartExpression | CalendarExpression;

const MAX_LENGTH = 256;

/** An `H` at the start of an item. The names of months and days have theirs elsewhere. */
const HASH = /(^|[ ,])H/;

/**
 * Reads an interval, a cron expression of 5 or 6 fields, a nickname or a duration of ISO 8601. `H` is derived from
 * `seed`, which is the schedule key, or from the expression itself if there is no seed.
 * @throws InvalidExpressionError
 */
export function parseExpression(source: string, { seed = '' }: { readonly seed?: string } = {}): Expression {
  if (source.length > MAX_LENGTH) {
    refuse(`${source.slice(0, 32)}…`, `it must have at most ${MAX_LENGTH} characters, and has ${source.length}`);
  }
  const { text, problems } = readable(source);
  if (text === '') refuse(source, [...problems, 'it must not be empty'].join('; '));
  const read = readText(source, text, seed);
  const all = Array.isArray(read) ? [...problems, ...read] : problems;
  if (all.length > 0) refuse(source, all.join('; '));
  return read as Expression;
}

/** The text without what surely does not belong to it, so that everything else that is wrong is found at once. */
function readable(source: string): { readonly text: string; readonly problems: readonly string[] } {
  const plain = plainText(source.trim());
  const zone = zonePrefix(plain.text.trim());
  const [, quote, quoted] = /^(["'`])(.*)\1$/.exec(zone.text) ?? [];
  const text = quoted ?? zone.text;
  const quotes = quote === undefined ? [] : [`it has quotation marks in it: write ${text} without them`];
  return { text: text.trim(), problems: [...plain.problems, ...zone.problems, ...quotes] };
}

type Read = Expression | readonly string[];

function readText(source: string, text: string, seed: string): Read {
  const foreign = foreignForm(text);
  if (foreign !== undefined) return [foreign];
  if (text.startsWith('@')) return nickname(source, text, seed);
  if (looksLikeInterval(text)) return interval(source, parseInterval(text));
  if (looksLikeIsoDuration(text)) return interval(source, parseIsoDuration(text));
  const texts = fieldTexts(text);
  return typeof texts === 'string' ? [texts] : calendar(source, texts, seed);
}

function interval(source: string, everyMs: number | string): Read {
  return typeof everyMs === 'string' ? [everyMs] : { kind: 'interval', source, everyMs };
}

function nickname(source: string, text: string, seed: string): Read {
  const fields = nicknameFields(text);
  if (fields !== undefined) return calendar(source, fields.split(' '), seed);
  if (text.toLowerCase() === '@reboot') return { kind: 'start', source };
  const [, duration] = /^@every(?:[ \t]+(.*))?$/i.exec(text) ?? [];
  if (duration === undefined) return [nicknameProblem(text)];
  const everyMs = parseGoDuration(duration);
  return typeof everyMs === 'string' ? [everyMs] : { kind: 'interval', source, everyMs, isFromStart: true };
}

function calendar(source: string, texts: readonly string[], seed: string): Read {
  const problems = fieldProblems(texts);
  if (problems.length > 0) return problems;
  const [minute = '', hour = ''] = texts.slice(-5);
  const isFixedTime = !minute.startsWith('*') && !hour.startsWith('*');
  const joined = withHashedDaysLimited(texts).join(' ');
  // Mostly it is the same text, which then needs no second copy.
  const fields = joined === source ? source : joined;
  const seeded = HASH.test(fields) ? { seed: seed === '' ? fields : seed } : {};
  const never = calendarProblem(fields, seeded.seed);
  return never === undefined ? { kind: 'calendar', source, fields, isFixedTime, ...seeded } : [never];
}

/**
 * Limits an `H` without a range to days that every month and every week has. Otherwise cron-parser would make it the
 * 31st for some schedules, which February does not have, and Sunday twice, as 0 and as 7, which it then refuses.
 */
function withHashedDaysLimited(texts: readonly string[]): readonly string[] {
  const [dayOfMonth = '', month = '', dayOfWeek = ''] = texts.slice(-3);
  const within = (text: string, range: string): string => text.replace(/(^|,)H(?!\()/g, `$1H(${range})`);
  return [...texts.slice(0, -3), within(dayOfMonth, '1-28'), month, within(dayOfWeek, '0-6')];
}

function refuse(source: string, reason: string): never {
  throw new InvalidExpressionError(source, reason);
}
