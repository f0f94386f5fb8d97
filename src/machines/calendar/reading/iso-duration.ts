/** Durations of ISO 8601 that have a constant length: `PT5M`, `P1D`, `P1W`, `P1DT12H`. */
import { checkedLength, intervalText, UNIT_MS } from '../duration.ts';

/** Whether a text is meant as one, or as the beginning of a repeated interval (`R5/PT1H`). */
export function looksLikeIsoDuration(text: string): boolean {
  return /^(R\d*\/\S*|P(?=.*\d)[\d.,YMWDTHS]*)$/i.test(text);
}

/** The length of each part, in milliseconds. A day has 24 hours. */
const PARTS_MS = [UNIT_MS.w, UNIT_MS.d, UNIT_MS.h, UNIT_MS.m, UNIT_MS.s];

/** Whole milliseconds of a duration, or a text that says why it is refused. */
export function parseIsoDuration(text: string): number | string {
  const upper = text.toUpperCase();
  if (upper.startsWith('R'))
    return `"${text}" is a repeated interval of ISO 8601: write its duration alone, such as "PT1H"`;
  const calendar = /^P(?:(\d+)Y)?(?:(\d+)M)?(?=\d|T|$)/.exec(upper);
  if (calendar?.[1] !== undefined)
    return `"${text}" has years, which differ in length: write ${yearsAdvice(Number(calendar[1]))}`;
  if (calendar?.[2] !== undefined)
    return `"${text}" has months, which differ in length: write ${monthsAdvice(Number(calendar[2]))}`;
  const number = '(\\d+(?:[.,]\\d+)?)';
  const match = new RegExp(
    `^P(?=[\\dT])(?:${number}W)?(?:${number}D)?(?:T(?=\\d)(?:${number}H)?(?:${number}M)?(?:${number}S)?)?$`,
  ).exec(upper);
  if (match === null) return `"${text}" must be a duration of ISO 8601, such as "PT5M", "PT1H30M", "P1D" or "P1W"`;
  const lengths = PARTS_MS.map((partMs, index) => Number((match[index + 1] ?? '0').replace(',', '.')) * partMs);
  return checkedLength(lengths.reduce((sum, lengthMs) => sum + lengthMs, 0));
}

function yearsAdvice(years: number): string {
  return years === 1
    ? '"@yearly", or the date such as "0 0 1 1 *"'
    : 'the date such as "0 0 1 1 *", and let run() return in other years';
}

function monthsAdvice(months: number): string {
  if (months === 1) return '"@monthly", or the day such as "0 0 1 * *"';
  return 12 % months === 0
    ? `the months of a year, such as "0 0 1 */${months} *"`
    : `the months of a year, such as "0 0 1 1,7 *", or an interval of days, such as "${intervalText(months * 30 * UNIT_MS.d)}"`;
}
