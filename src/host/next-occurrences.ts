import { InvalidOptionError } from '../errors.ts';
import { parseExpression } from '../machines/calendar/expression.ts';
import { occurrencesAfter } from '../machines/calendar/recurrence.ts';
import { canonicalTimezone } from '../machines/calendar/time-zone.ts';

const MAX_COUNT = 10_000;

/** What `nextOccurrences()` takes beside the expression. */
export interface NextOccurrencesOptions {
  /** IANA zone. Default `UTC`. */
  readonly timezone?: string;
  /** Occurrences are later than this: epoch milliseconds, or a Date. Default: now. */
  readonly from?: number | Date;
  /** From 1 to 10,000. Default 1. */
  readonly count?: number;
}

/**
 * The next occurrences of an expression, in epoch milliseconds.
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
