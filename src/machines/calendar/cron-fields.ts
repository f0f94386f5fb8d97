/**
 * The grammar of a cron field. cron-parser accepts more than anybody means (it adds missing fields and reads half a
 * number), so every field is checked here first. Each check returns why the field is refused, or undefined.
 */

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
  readonly allows?: 'day-of-month' | 'day-of-week';
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const SECOND: Field = { name: 'second', min: 0, max: 59 };
const FIELDS: readonly Field[] = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of month', min: 1, max: 31, allows: 'day-of-month' },
  { name: 'month', min: 1, max: 12, names: MONTHS },
  { name: 'day of week', min: 0, max: 7, names: WEEKDAYS, allows: 'day-of-week' },
];

/** Why the fields of an expression are refused. There are 5 of them, or 6 with the seconds first. */
export function fieldsProblem(texts: readonly string[]): string | undefined {
  if (texts.length < 5 || texts.length > 6) return `it must have 5 or 6 fields, and has ${texts.length}`;
  const fields = texts.length === 6 ? [SECOND, ...FIELDS] : FIELDS;
  for (const [index, field] of fields.entries()) {
    const problem = fieldProblem(field, texts[index] as string);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function fieldProblem(field: Field, text: string): string | undefined {
  for (const item of text.split(',')) {
    const problem = itemProblem(field, item);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function itemProblem(field: Field, item: string): string | undefined {
  if (item === '') return `${field.name} has an empty list item`;
  const [range = '', step, ...rest] = item.split('/');
  if (rest.length > 0) return `${field.name} "${item}" has more than one step`;
  return stepProblem(field, step) ?? rangeProblem(field, range, step !== undefined);
}

function stepProblem(field: Field, step: string | undefined): string | undefined {
  if (step === undefined) return undefined;
  const value = wholeNumber(step);
  if (value === undefined) return `${field.name} step "${step}" must be a whole number`;
  return value < 1 || value > field.max ? `${field.name} step ${value} must be within 1–${field.max}` : undefined;
}

function rangeProblem(field: Field, range: string, hasStep: boolean): string | undefined {
  if (range === '') return `${field.name} has a step without a range: write "*" before it`;
  if (range === '*' || range === 'H') return undefined;
  if (range === '?')
    return field.allows === undefined ? `"?" works only in the day fields, not as the ${field.name}` : undefined;
  const hashed = /^H\((\d{1,2})-(\d{1,2})\)$/.exec(range);
  if (hashed !== null) return boundsProblem(field, hashed[1] as string, hashed[2] as string);
  if (!hasStep && isSpecial(field, range)) return specialProblem(field, range);
  const [from = '', to, ...rest] = range.split('-');
  if (rest.length > 0) return `${field.name} "${range}" must be a range such as ${field.min}-${field.max}`;
  return to === undefined ? valueProblem(field, from) : boundsProblem(field, from, to);
}

function boundsProblem(field: Field, from: string, to: string): string | undefined {
  const problem = valueProblem(field, from) ?? valueProblem(field, to);
  if (problem !== undefined) return problem;
  const [low, high] = [valueIn(field, from) as number, valueIn(field, to) as number];
  return low > high ? `${field.name} range ${from}-${to} must not run backwards` : undefined;
}

function valueProblem(field: Field, text: string): string | undefined {
  const value = valueIn(field, text);
  if (value === undefined) {
    const names = field.names === undefined ? '' : `, or one of ${field.names.join(', ')}`;
    return `${field.name} "${text}" must be a number from ${field.min} to ${field.max}${names}`;
  }
  return value < field.min || value > field.max
    ? `${field.name} ${value} must be within ${field.min}–${field.max}`
    : undefined;
}

function valueIn(field: Field, text: string): number | undefined {
  const index = field.names?.indexOf(text.toLowerCase()) ?? -1;
  if (index === -1) return wholeNumber(text);
  return field.names === MONTHS ? index + 1 : index;
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,4}$/.test(text) ? Number(text) : undefined;
}

/** `L`: the last day of the month. `5L`: the last Friday. `1#5`: the fifth Monday. */
function isSpecial(field: Field, text: string): boolean {
  if (field.allows === 'day-of-month') return text === 'L';
  return field.allows === 'day-of-week' && /[L#]/.test(text);
}

function specialProblem(field: Field, text: string): string | undefined {
  if (text === 'L' && field.allows === 'day-of-month') return undefined;
  const match = /^([0-7]|[a-z]{3})(?:L|#(\d))$/i.exec(text);
  if (match === null) return `day of week "${text}" must be the last ("5L") or the nth ("1#2") of a month`;
  const nth = match[2] === undefined ? 1 : Number(match[2]);
  return nth < 1 || nth > 5
    ? `day of week "${text}": the number after "#" must be within 1–5`
    : valueProblem(field, match[1] as string);
}
