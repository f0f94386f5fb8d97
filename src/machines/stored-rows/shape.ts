/** Small checks of data that somebody else may have written. They say what is wrong, in words that follow the name. */

/** What is wrong with a value: `must be a text, not 7`, or `cursorMs must be …` for a part of it. Null if it is right. */
export type Check = (value: unknown) => string | null;

/** The range of `Date`. */
const MAX_INSTANT_MS = 8.64e15;

export const text = rule('a text', (value) => typeof value === 'string');
export const name = rule('a text that is not empty', (value) => typeof value === 'string' && value !== '');
export const flag = rule('true or false', (value) => typeof value === 'boolean');
export const amount = rule('a number', (value) => Number.isFinite(value));
export const count = rule('a whole number from 0', (value) => Number.isSafeInteger(value) && (value as number) >= 0);
/** Epoch milliseconds, fractional. */
export const instant = rule(
  'an instant in milliseconds',
  (value) => Number.isFinite(value) && Math.abs(value as number) <= MAX_INSTANT_MS,
);

export function oneOf(allowed: readonly string[]): Check {
  return rule(`one of ${allowed.join(', ')}`, (value) => allowed.includes(value as string));
}

/** Fields that are not named may hold anything: a later version may write more. */
export function object(fields: Readonly<Record<string, Check>>): Check {
  return (value) => {
    if (!isObject(value)) return `must be an object, not ${shown(value)}`;
    for (const [field, check] of Object.entries(fields)) {
      const problem = check(Object.hasOwn(value, field) ? value[field] : undefined);
      if (problem !== null) return `${field}${/^(must|has) /.test(problem) ? ' ' : '.'}${problem}`;
    }
    return null;
  };
}

/** An object whose fields all have names that are allowed and values that are right. */
export function recordOf(allowed: readonly string[], check: Check): Check {
  return (value) => {
    if (!isObject(value)) return `must be an object, not ${shown(value)}`;
    for (const [field, part] of Object.entries(value)) {
      const problem = allowed.includes(field) ? check(part) : 'must not be there';
      if (problem !== null) return `${field} ${problem}`;
    }
    return null;
  };
}

export function listOf(check: Check): Check {
  return (value) => {
    if (!Array.isArray(value)) return `must be a list, not ${shown(value)}`;
    for (const item of value) {
      const problem = check(item);
      if (problem !== null) return `has an item that is wrong: ${problem}`;
    }
    return null;
  };
}

export function optional(check: Check): Check {
  return (value) => (value === undefined ? null : check(value));
}

function rule(what: string, isRight: (value: unknown) => boolean): Check {
  return (value) => (isRight(value) ? null : `must be ${what}, not ${shown(value)}`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40));
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}
