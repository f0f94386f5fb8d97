import { anchored } from '../../machines/calendar/anchors.ts';
import { parseExpression } from '../../machines/calendar/expression.ts';
import { occurrencesAfter } from '../../machines/calendar/recurrence.ts';

/** An expression whose occurrences are listed. */
export interface Recurring {
  readonly expression: string;
  readonly timezone: string;
  /** The schedule's key, from which an `H` in the expression is derived. */
  readonly seed: string;
  /** When the schedule was created, epoch milliseconds, from which `@every` is counted. Default: the first instant. */
  readonly createdAtMs?: number;
}

/**
 * The `count` occurrences after `fromMs`, in epoch milliseconds; none of `@reboot`, which no clock can tell.
 * @throws InvalidExpressionError
 */
export function upcoming(
  { expression, timezone, seed, createdAtMs }: Recurring,
  fromMs: number,
  count: number,
): number[] {
  const parsed = anchored(parseExpression(expression, { seed }), { createdAtMs: createdAtMs ?? fromMs, startMs: null });
  return occurrencesAfter(parsed, timezone, { fromMs, count });
}
