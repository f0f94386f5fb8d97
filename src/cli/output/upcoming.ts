import { parseExpression } from '../../machines/calendar/expression.ts';
import { occurrencesAfter } from '../../machines/calendar/recurrence.ts';

/** What to list occurrences of. */
export interface Recurring {
  readonly expression: string;
  readonly timezone: string;
  /** What `H` in the expression is derived from: the schedule's key. */
  readonly seed: string;
}

/** The `count` occurrences after `fromMs`, in epoch milliseconds. @throws InvalidExpressionError */
export function upcoming({ expression, timezone, seed }: Recurring, fromMs: number, count: number): number[] {
  return occurrencesAfter(parseExpression(expression, { seed }), timezone, { fromMs, count });
}
