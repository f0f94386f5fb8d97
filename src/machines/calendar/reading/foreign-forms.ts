/**
 * Texts that are no expressions of ours but are written in the place of one: dates, English, lines of a crontab, forms of
 * other programs. Each gets an answer that names it and says what to write.
 */

import { intervalText, looseLengthMs, UNIT_MS, unitOf } from '../duration.ts';
import { WEEKDAYS } from '../fields/cron-field.ts';

/** Why a text is refused that is recognized as something else than an expression. Undefined if it is not. */
export function foreignForm(text: string): string | undefined {
  return instant(text) ?? otherProgram(text) ?? english(text) ?? bareNumber(text);
}

/** A date, with or without a time. */
function instant(text: string): string | undefined {
  const [, month, day, hour = '0', minute = '0'] =
    /^\d{4}-(\d{2})-(\d{2})(?:[T ](\d{1,2}):(\d{2})\S*)?$/i.exec(text) ?? [];
  if (month === undefined) return undefined;
  const yearly = [minute, hour, day, month].map(Number).join(' ');
  return `it is a date, and an expression recurs: for this day of every year write "${yearly} *", and for a single run call trigger()`;
}

function otherProgram(text: string): string | undefined {
  const [, rate] = /^rate\((.*)\)$/i.exec(text) ?? [];
  if (rate !== undefined) return `"rate(…)" is a form of AWS: write the interval alone${adviceOfLength(rate)}`;
  const [, cron] = /^cron\((.*)\)$/i.exec(text) ?? [];
  if (cron !== undefined) {
    const fields = cron.trim().split(/\s+/).slice(0, 5).join(' ');
    return `"cron(…)" is a form of AWS: write the first five fields alone, such as "${fields}", where Sunday is 0 and not 1`;
  }
  if (/^(RRULE:|DTSTART|FREQ=)/i.test(text))
    return 'it is a rule of iCalendar: write an expression such as "0 9 * * MON" or "1d"';
  if (/(^|\s)\*-|\d+-\d+-\*|\*:\d|\d:\*/.test(text))
    return 'it is a calendar event of systemd: write fields such as "0 4 * * *" for 04:00 every day';
  return undefined;
}

const ENGLISH: Readonly<Record<string, string>> = {
  minutely: '1m',
  hourly: '@hourly',
  daily: '@daily',
  nightly: '@daily',
  midnight: '@midnight',
  noon: '0 12 * * *',
  weekly: '@weekly',
  monthly: '@monthly',
  quarterly: '0 0 1 */3 *',
  yearly: '@yearly',
  annually: '@yearly',
  reboot: '@reboot',
};

/** `every 5 minutes`, `daily`, `at 9:30 pm`, `every monday at 9`. */
function english(text: string): string | undefined {
  const words = text.toLowerCase();
  const known = Object.hasOwn(ENGLISH, words) ? ENGLISH[words] : undefined;
  const meant = known ?? englishInterval(words) ?? englishTime(words);
  if (meant !== undefined) return `it is English: write "${meant}"`;
  if (!/^(every|each|at|on|once|twice|after|in|the|first|last)\b/.test(words)) return undefined;
  return 'it is English: write an interval such as "5m", or fields such as "0 9 * * MON" for 09:00 on Mondays';
}

function englishInterval(words: string): string | undefined {
  const counted = words.replace(/^(every|each|in|after|once (?:a|an|per|every)|per)\s+/, '');
  const lengthMs = looseLengthMs(counted);
  // One word from a digit to a letter is an interval, which has advice of its own.
  if (lengthMs !== undefined) return /\s/.test(words) ? intervalText(lengthMs) : undefined;
  const unit = counted === words ? undefined : unitOf(counted);
  return unit === undefined ? undefined : intervalText(UNIT_MS[unit]);
}

function englishTime(words: string): string | undefined {
  const [, day = '', hourText, minute = '0', half] =
    /^(?:(?:every|each|on)?\s*([a-z]*?)s?\s+)?(?:at\s+)?(\d{1,2})(?::(\d{2}))?\s*(am|pm)?$/.exec(words) ?? [];
  if (hourText === undefined || !/[a-z:]/.test(words)) return undefined;
  const hour = half === undefined ? Number(hourText) : (Number(hourText) % 12) + (half === 'pm' ? 12 : 0);
  const weekday = WEEKDAYS.find((name) => day.startsWith(name));
  if (hour > 23 || Number(minute) > 59) return undefined;
  if (weekday === undefined && !['', 'day', 'every', 'each', 'daily', 'at'].includes(day)) return undefined;
  return `${Number(minute)} ${hour} * * ${weekday?.toUpperCase() ?? '*'}`;
}

function bareNumber(text: string): string | undefined {
  if (/^-?\d+(\.\d+)?$/.test(text))
    return `it is a number without a unit: write "${text.replace(/^-/, '')}s" for seconds, or "${text.replace(/^-/, '')}m" for minutes`;
  return undefined;
}

function adviceOfLength(text: string): string {
  const lengthMs = looseLengthMs(text.trim());
  return lengthMs === undefined ? '' : `, "${intervalText(lengthMs)}"`;
}
