import { anchored } from '../machines/calendar/anchors.ts';
import { parseExpression } from '../machines/calendar/expression.ts';
import { occurrencesAfter } from '../machines/calendar/recurrence.ts';
import { canonicalTimezone } from '../machines/calendar/time-zone.ts';
import { checkExpression, checkNextOptions } from './checking/check-next.ts';

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
 * Computes the next occurrences of an expression, in epoch milliseconds. `@every 5m` is counted from `from`, and for
 * `@reboot` there are none: it falls due once after each start.
 * @throws InvalidExpressionError @throws InvalidTimezoneError @throws InvalidOptionError
 */
export function nextOccurrences(expression: string, options: NextOccurrencesOptions = {}): number[] {
  const { timezone, from: fromMs = Date.now(), count } = checkNextOptions(options);
  const parsed = anchored(parseExpression(checkExpression(expression)), { createdAtMs: Number(fromMs), startMs: null });
  return occurrencesAfter(parsed, canonicalTimezone(timezone), { fromMs, count });
}
