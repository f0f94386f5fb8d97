/**
 * What to write in the place of a field item that is refused. Every text is empty, or begins with a colon and follows
 * what is wrong.
 */
import { nearestWord } from '../../did-you-mean.ts';
import { type CronField, MONTHS, WEEKDAYS } from './cron-field.ts';

/** The unit of an interval that counts what a field has. A month has no constant length. */
const UNITS: Readonly<Record<string, string>> = { second: 's', minute: 'm', hour: 'h', 'day of month': 'd' };

/** A step is counted within the field, so one beyond it would mean something else than its author expects. */
export function stepAdvice({ name }: CronField, step: number): string {
  const unit = UNITS[name];
  return unit === undefined || step === 0 ? '' : `: for an interval write "${step}${unit}"`;
}

const LIMIT_ADVICE: Readonly<Record<string, string>> = {
  'second 60': ': write 0',
  'minute 60': ': write 0',
  'hour 24': ': midnight is 0',
  'day of month 0': ': the first day is 1, and the last one is "L"',
  'month 0': ': January is 1',
  'month 13': ': December is 12',
};

export function valueAdvice({ name, days }: CronField, value: number): string {
  if (days === 'day-of-week') return ': 0 and 7 are Sunday, and 1 is Monday';
  return LIMIT_ADVICE[`${name} ${value}`] ?? '';
}

/** A month that is `?` stands where the form of AWS, which ends with a year, has the day of the week. */
export function questionMarkAdvice({ name }: CronField): string {
  return name === 'month' ? ', or leave out the last field if it is a year' : '';
}

export function rangeAdvice({ name, min, max }: CronField, range: string): string {
  const [from = '', to = '', ...rest] = range.split('-');
  if (rest.length === 0 && from === '' && to !== '')
    return `${name} "${range}" has no beginning: write "${min}-${to}", or "*/${to}" for a step`;
  if (rest.length === 0 && to === '' && from !== '') return `${name} "${range}" has no end: write "${from}-${max}"`;
  return `${name} "${range}" must be a range such as ${min}-${max}`;
}

/** About a text that is neither a number nor a name of the field. The first that has something to say is right. */
export function unreadableAdvice(field: CronField, text: string): string {
  return (
    clockAdvice(field, text) ??
    nameAdvice(field, text) ??
    signAdvice(field, text) ??
    (wordOf(field, text) === undefined ? '' : `: write "${wordOf(field, text)}"`)
  );
}

/** `9am`, `9:30`: a time of day in one word. */
function clockAdvice({ name }: CronField, text: string): string | undefined {
  const [, hour = '', minute, half = ''] = /^(\d{1,2})(?::(\d{2}))?(?::\d{2})?(am|pm)?$/i.exec(text) ?? [];
  if (hour === '' || (minute === undefined && half === '')) return undefined;
  const hours = half === '' ? Number(hour) : (Number(hour) % 12) + (half.toLowerCase() === 'pm' ? 12 : 0);
  if (minute === undefined && name === 'hour') return `: hours count from 0 to 23, so write "${hours}"`;
  return `: a time of day is two fields, minute and hour: write "${Number(minute ?? 0)} ${hours}"`;
}

/** A name that belongs to another field. */
function nameAdvice({ names }: CronField, text: string): string | undefined {
  const word = text.toLowerCase().slice(0, 3);
  if (text.length < 3 || !/^[a-z]+$/i.test(text)) return undefined;
  if (names !== WEEKDAYS && WEEKDAYS.includes(word) && isNameOf(text, WEEKDAY_NAMES))
    return ': a day of the week stands in the last field';
  if (names !== MONTHS && MONTHS.includes(word) && isNameOf(text, MONTH_NAMES))
    return ': a month stands in the last field but one';
  return undefined;
}

const WEEKDAY_NAMES = 'sunday monday tuesday wednesday thursday friday saturday'.split(' ');
const MONTH_NAMES = 'january february march april may june july august september october november december'.split(' ');

function isNameOf(text: string, names: readonly string[]): boolean {
  return names.some((name) => name.startsWith(text.toLowerCase()));
}

const SIGN_ADVICE: readonly (readonly [sign: RegExp, advice: string])[] = [
  [/^h/, ': a value derived from the schedule\'s key is a capital "H"'],
  [/~/, ': a value between two bounds is "H(0-29)", derived from the schedule\'s key'],
  [/^\+\d/, ': leave out the "+"'],
  [
    /\+/,
    ': "+" is not supported. When both day fields are restricted either may match, so let run() return on other days',
  ],
  [/^\*./, ': "*" stands alone, or before a step such as "*/2"'],
  [/\.\./, ': a range is written with "-"'],
  [/\d[|;]\d/, ': items of a list are separated by a comma'],
  [/[L#W]/i, ': "L", "W" and "#" work only in the day fields'],
  [/\*/, ': "*" stands alone, or before a step such as "*/2"'],
];

function signAdvice(field: CronField, text: string): string | undefined {
  if (field.days === 'day-of-month' && text.includes('#')) return ': "#" works only in the day of week';
  return /^[a-z]{4,}$/i.test(text) && field.names !== undefined
    ? undefined
    : SIGN_ADVICE.find(([sign]) => sign.test(text))?.[1];
}

/** The name of the field that was probably meant: of `tues` and `Tuesday`, `tue`. */
function wordOf({ names }: CronField, text: string): string | undefined {
  if (names === undefined || !/^[a-z]{2,12}$/i.test(text)) return undefined;
  const index = (names === MONTHS ? MONTH_NAMES : WEEKDAY_NAMES).findIndex((name) => isNameOf(text, [name]));
  if (index !== -1) return names[index];
  // Three letters are close to any other three.
  if (text.length <= 3) return undefined;
  return nearestWord(text.toLowerCase(), names === MONTHS ? MONTH_NAMES : WEEKDAY_NAMES)?.slice(0, 3);
}
