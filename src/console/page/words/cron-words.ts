import cronstrue from 'cronstrue';
import { parseInterval, UNIT_MS } from '../../../machines/calendar/duration.ts';
import { parseGoDuration } from '../../../machines/calendar/reading/go-duration.ts';
import { looksLikeIsoDuration, parseIsoDuration } from '../../../machines/calendar/reading/iso-duration.ts';
import { isSpecialDays, specialDayWords } from './day-words.ts';

const UNIT_NAMES = { ms: 'millisecond', s: 'second', m: 'minute', h: 'hour', d: 'day', w: 'week' } as const;
const NICKNAMES: Readonly<Record<string, string>> = {
  '@yearly': 'Once a year, at the start of 1 January',
  '@annually': 'Once a year, at the start of 1 January',
  '@monthly': 'Once a month, at the start of its first day',
  '@weekly': 'Once a week, at the start of Sunday',
  '@daily': 'Every day at midnight',
  '@midnight': 'Every day at midnight',
  '@hourly': 'Every hour, on the hour',
  '@reboot': 'Once after each start',
};

/** A day that stands for days of which cronstrue knows nothing, and what it says of it. */
const SOME_DAY = '31';
const SOME_DAY_WORDS = 'on day 31 of the month';

/** An expression in words, or null if there are none for it. */
export function cronWords(expression: string): string | null {
  const everyMs = intervalOf(expression);
  if (everyMs !== null) return intervalWords(everyMs, expression);
  const nickname = NICKNAMES[expression.toLowerCase()];
  if (nickname !== undefined) return nickname;
  // A hash of the schedule's key stands for `H`: words for it would say something else.
  if (/\bH\b/.test(expression)) return null;
  // Cronstrue knows special days by capital letters only.
  const fields = expression.toUpperCase().trim().split(/\s+/);
  const dayField = fields.length - 3;
  const dayOfMonth = fields[dayField] ?? '';
  if (!isSpecialDays(dayOfMonth)) return wordsOf(fields);
  const days = specialDayWords(dayOfMonth);
  if (days === null) return null;
  const words = wordsOf(fields.map((field, index) => (index === dayField ? SOME_DAY : field)));
  return words?.replace(SOME_DAY_WORDS, days) ?? null;
}

function wordsOf(fields: readonly string[]): string | null {
  try {
    return cronstrue.toString(fields.join(' '), { use24HourTimeFormat: true, verbose: false });
  } catch {
    return null;
  }
}

function intervalOf(expression: string): number | null {
  const every = /^@every\s+(.*)$/i.exec(expression)?.[1];
  const milliseconds = every === undefined ? plainIntervalOf(expression) : parseGoDuration(every);
  return typeof milliseconds === 'number' ? milliseconds : null;
}

function plainIntervalOf(expression: string): number | string {
  return looksLikeIsoDuration(expression) ? parseIsoDuration(expression) : parseInterval(expression);
}

/** In the unit in which it is written, or else in the largest one of which it is a multiple. */
function intervalWords(everyMs: number, expression: string): string {
  const units = (Object.keys(UNIT_NAMES) as (keyof typeof UNIT_NAMES)[]).reverse();
  const written = /^\d+([a-z]+)$/.exec(expression)?.[1];
  const unit = units.find((each) => each === written) ?? units.find((each) => everyMs % UNIT_MS[each] === 0) ?? 'ms';
  const count = everyMs / UNIT_MS[unit];
  return count === 1 ? `Every ${UNIT_NAMES[unit]}` : `Every ${count} ${UNIT_NAMES[unit]}s`;
}
