import type { Expression } from './expression.ts';

/** The instants from which expressions are counted that are not on the calendar. Epoch milliseconds. */
export interface Anchors {
  /** When the schedule was first registered: `@every 5m` is counted from then, on every node and after every restart. */
  readonly createdAtMs: number;
  /** When its present start fell due, or null: it is not to run for this start. */
  readonly startMs: number | null;
}

/** Whether an expression means different instants for two schedules that began at different times. */
export function isCountedFromStart(expression: Expression): boolean {
  return expression.kind === 'start' || (expression.kind === 'interval' && expression.isFromStart === true);
}

/** The expression with the instants that it is counted from. Any other expression is returned as it is. */
export function anchored(expression: Expression, { createdAtMs, startMs }: Anchors): Expression {
  if (expression.kind === 'interval' && expression.isFromStart)
    return { ...expression, originMs: Math.floor(createdAtMs) };
  if (expression.kind !== 'start') return expression;
  const { kind, source } = expression;
  return { kind, source, ...(startMs !== null && { startMs: Math.floor(startMs) }) };
}
