import type { Bench } from 'tinybench';
import { parseExpression } from '../../src/machines/calendar/expression.ts';
import { nextOccurrence } from '../../src/machines/calendar/recurrence.ts';

/** How many distinct expressions are read, so that no cache helps. */
const DISTINCT = 1_440;
const FROM_MS = Date.UTC(2026, 2, 28, 12);

/** Measures reading an expression, and stepping from one occurrence to the next. */
export function addExpressions(bench: Bench): void {
  let turn = 0;
  bench.add('parse a cron expression', () => {
    turn = (turn + 1) % DISTINCT;
    parseExpression(`${turn % 60} ${Math.floor(turn / 60)} * * *`);
  });
  bench.add('parse an interval', () => void parseExpression('30s'));
  addStepping(bench, 'next: interval', { expression: '30s', timezone: 'UTC' });
  addStepping(bench, 'next: every 5 minutes, UTC', { expression: '*/5 * * * *', timezone: 'UTC' });
  addStepping(bench, 'next: daily at 02:30, Europe/Paris', { expression: '30 2 * * *', timezone: 'Europe/Paris' });
  addStepping(bench, 'next: every 5 minutes, Europe/Paris', { expression: '*/5 * * * *', timezone: 'Europe/Paris' });
  addStepping(bench, 'next: 29 February, UTC', { expression: '0 0 29 2 *', timezone: 'UTC' });
}

interface Stepping {
  readonly expression: string;
  readonly timezone: string;
}

/** Steps from occurrence to occurrence, and starts again before the end of the calendar. */
function addStepping(bench: Bench, name: string, { expression, timezone }: Stepping): void {
  const parsed = parseExpression(expression);
  const endMs = Date.UTC(2200, 0, 1);
  let atMs = FROM_MS;
  bench.add(name, () => {
    atMs = nextOccurrence(parsed, timezone, atMs);
    if (atMs > endMs) atMs = FROM_MS;
  });
}
