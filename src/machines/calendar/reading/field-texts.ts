/** Splits a cron expression into its fields, and says what is wrong with their number. */
import { MONTHS } from '../fields/cron-field.ts';

const NAMES = 'minute, hour, day of month, month, day of week';

/** The fields as they are written, or why there are too many or too few of them. */
export function fieldTexts(text: string): readonly string[] | string {
  const texts = text.split(/[ \t]+/);
  const command = texts.findIndex((each, index) => index >= 4 && isCommand(each));
  if (command === 5 || command === 6)
    return `"${texts.slice(command).join(' ')}" is a command: write the ${command} fields alone, "${texts.slice(0, command).join(' ')}"`;
  const last = texts.at(-1) as string;
  if (texts.length === 7) return yearProblem('seventh', last, texts.slice(0, 6));
  if (texts.length === 6 && isYear(last)) return yearProblem('sixth', last, texts.slice(0, 5));
  if (texts.length === 5 || texts.length === 6) return texts;
  return `it must have 5 or 6 fields, and has ${texts.length}: ${NAMES}, with the seconds before them if there are 6`;
}

function yearProblem(place: string, year: string, others: readonly string[]): string {
  const advice = /^[*?]$/.test(year)
    ? `write "${others.join(' ')}", which means the same`
    : `a schedule recurs in every year, so write "${others.join(' ')}", and let run() return in other years`;
  return `the ${place} field is a year ("${year}"), which is not supported: ${advice}`;
}

/** Four digits, or a list or range that begins with them. No other field has a value of four digits. */
function isYear(text: string): boolean {
  return /^(19|2\d)\d\d([-,/].*)?$/.test(text);
}

/** A path, or a word that is longer than any name of a month or a day. */
function isCommand(text: string): boolean {
  if (/^[/.~]/.test(text)) return true;
  return (
    /^[a-z][a-z0-9._-]{3,}$/i.test(text) && !/(day|l)s?$|^(mon|tue|wed|thu|fri|sat|sun)/i.test(text) && !isMonth(text)
  );
}

function isMonth(text: string): boolean {
  return MONTHS.includes(text.slice(0, 3).toLowerCase());
}
