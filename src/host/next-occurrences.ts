import { InvalidOptionError } from '../errors.ts';
import { parseExpression } from '../machines/calendar/expression.ts';
import { occurrencesAfter } from '../machines/calendar/recurrence.ts';
import { canonicalTimezone } from '../machines/calendar/time-zone.ts';

const MAX_COUNT = 10_000;

/** From where, in which zone and how many occurrences `nextOccurrences()` computes. */
export interface NextOccurrencesOptions {
  /** IANA zone. Default `UTC`. */
  readonly timezone?: string;
  /** The first occurrence is later than this: epoch milliseconds or a Date. Default: now. */
  readonly from?: number | Date;
  /** How many occurrences: 1 to 10,000. Default 1. */
  readonly count?: number;
}

/**
 * Computes the next occurrences of an expression, in epoch milliseconds.
 * @throws InvalidExpressionError @throws InvalidTimezoneError @throws InvalidOptionError
 */
export function nextOccurrences(expression: string, options: NextOccurrencesOptions = {}): number[] {
  const { timezone = 'UTC', from = Date.now(), count = 1 } = options;
  const fromMs = Number(from);
  if (!Number.isFinite(fromMs))
    throw new InvalidOptionError('from', `it must be a valid Date or epoch milliseconds, not ${from}`);
  if (!Number.isInteger(count) || count < 1 || count > MAX_COUNT) {
    throw new InvalidOptionError('count', `it must be a whole number from 1 to ${MAX_COUNT}, not ${count}`);
  }
  return occurrencesAfter(parseExpression(expression), canonicalTimezone(timezone), { fromMs, count });
}
