import { parseExpression } from '../../machines/calendar/expression.ts';
import { occurrencesAfter } from '../../machines/calendar/recurrence.ts';

/** An expression whose occurrences are listed. */
export interface Recurring {
  readonly expression: string;
  readonly timezone: string;
  /** The schedule's key, from which an `H` in the expression is derived. */
  readonly seed: string;
}

/** The `count` occurrences after `fromMs`, in epoch milliseconds. @throws InvalidExpressionError */
export function upcoming({ expression, timezone, seed }: Recurring, fromMs: number, count: number): number[] {
  return occurrencesAfter(parseExpression(expression, { seed }), timezone, { fromMs, count });
}
