/**
 * One item of the list that a cron field is: `*`, `5`, `MON`, `1-5`, `22-2`, a step of those, `H`, or a special day. This
 * is the whole grammar: `cron-fields.ts` asks it what is wrong, and `plain-fields.ts` what the item stands for.
 */
import { type CronField, type Stepped, valueIn, valuesOf, wholeNumber } from './cron-field.ts';
import { questionMarkAdvice, rangeAdvice, stepAdvice, unreadableAdvice, valueAdvice } from './item-advice.ts';
import { readSpecialDay, type SpecialDay } from './special-day.ts';

export type FieldItem =
  | { readonly kind: 'values'; readonly values: readonly number[] }
  /** `H` and what follows it, for cron-parser, which derives the value. */
  | { readonly kind: 'hashed'; readonly text: string }
  | { readonly kind: 'special'; readonly day: SpecialDay }
  | { readonly kind: 'refused'; readonly problem: string };

export function readItem(field: CronField, item: string): FieldItem {
  if (item === '') return refused(`${field.name} has an empty list item: remove a comma`);
  const special = readSpecialDay(field, item);
  if (typeof special === 'string') return refused(special);
  if (special !== undefined) return { kind: 'special', day: special };
  const [range = '', stepText, ...rest] = item.split('/');
  if (rest.length > 0)
    return refused(`${field.name} "${item}" has more than one step: write one, such as "*/${stepText}"`);
  if (isSpecialDay(field, range)) return refused(`${field.name} "${item}": "${range}" is one day, so it has no step`);
  const problem = stepProblem(field, stepText);
  if (problem !== undefined) return refused(problem);
  if (/^H(\(|$)/.test(range)) return readHashed(field, item, range);
  const stepped = readRange(field, range, Number(stepText ?? 0));
  return typeof stepped === 'string' ? refused(stepped) : { kind: 'values', values: valuesOf(field, stepped) };
}

function isSpecialDay(field: CronField, text: string): boolean {
  return typeof readSpecialDay(field, text) === 'object';
}

function refused(problem: string): FieldItem {
  return { kind: 'refused', problem };
}

function stepProblem(field: CronField, step: string | undefined): string | undefined {
  if (step === undefined) return undefined;
  const value = wholeNumber(step);
  if (value === undefined) return `${field.name} step "${step}" must be a whole number, such as "*/2"`;
  if (value >= 1 && value <= field.max) return undefined;
  return `${field.name} step ${value} must be within 1–${field.max}${stepAdvice(field, value)}`;
}

/** @param step 0 if there is none: then a single value is no beginning of a range. */
function readRange(field: CronField, range: string, step: number): Stepped | string {
  const { min, max } = field;
  if (range === '') return `${field.name} has a step without a range: write "*" before it`;
  if (range === '?' && field.days === undefined)
    return `"?" works only in the day fields, not as the ${field.name}: write "*"${questionMarkAdvice(field)}`;
  if (range === '*' || range === '?') return { from: min, to: max, step: step || 1 };
  const [from = '', to, ...rest] = range.split('-');
  if (rest.length > 0 || from === '' || to === '') return rangeAdvice(field, range);
  const problem = valueProblem(field, from) ?? (to === undefined ? undefined : valueProblem(field, to));
  if (problem !== undefined) return problem;
  const first = valueIn(field, from) as number;
  // A step goes on from a single value to the end of the field.
  const end = to === undefined && step > 0 ? max : first;
  return { from: first, to: to === undefined ? end : (valueIn(field, to) as number), step: step || 1 };
}

function valueProblem(field: CronField, text: string): string | undefined {
  const value = valueIn(field, text);
  if (value === undefined) {
    const names = field.names === undefined ? '' : `, or one of ${field.names.join(', ')}`;
    return `${field.name} "${text}" must be a number from ${field.min} to ${field.max}${names}${unreadableAdvice(field, text)}`;
  }
  if (value >= field.min && value <= field.max) return undefined;
  return `${field.name} ${value} must be within ${field.min}–${field.max}${valueAdvice(field, value)}`;
}

/** cron-parser draws a value between two bounds, so these must not run backwards. */
function readHashed(field: CronField, item: string, range: string): FieldItem {
  if (range === 'H') return { kind: 'hashed', text: item };
  const bounds = /^H\((\d{1,2})-(\d{1,2})\)$/.exec(range);
  if (bounds === null)
    return refused(`${field.name} "${range}" must be "H", or "H(${field.min}-${field.max})" with two bounds`);
  const [, from = '', to = ''] = bounds;
  const problem = valueProblem(field, from) ?? valueProblem(field, to);
  if (problem !== undefined) return refused(problem);
  return Number(from) > Number(to)
    ? refused(`${field.name} "${range}" must not run backwards: its lower bound comes first`)
    : { kind: 'hashed', text: item };
}
