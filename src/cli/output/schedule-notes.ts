/** What `escapement validate` remarks about a schedule that is accepted but may not do what its author expects. */

import type { ScheduleStatus } from '../../index.ts';
import { isCountedFromStart } from '../../machines/calendar/anchors.ts';
import { parseExpression } from '../../machines/calendar/expression.ts';
import { cappedJitter } from '../../machines/calendar/jitter.ts';
import { upcoming } from './upcoming.ts';

/** So many occurrences show the gaps of nearly every expression. */
const LOOKED_AT = 50;

/** The remarks about a schedule, one sentence each. */
export function scheduleNotes(status: ScheduleStatus, nowMs: number): readonly string[] {
  return [jitterNote(status, nowMs), dayRuleNote(status), startNote(status)].filter((note) => note !== undefined);
}

function jitterNote({ key, cron, timezone, jitterMs }: ScheduleStatus, nowMs: number): string | undefined {
  if (jitterMs === 0) return undefined;
  const mostMs = cappedJitter(jitterMs, shortestGapMs(cron, { key, timezone }, nowMs));
  if (mostMs === jitterMs) return undefined;
  return `jitterMs ${jitterMs} is capped, at ${mostMs} ms where occurrences are closest: a run is delayed by at most nine tenths of the time to the following occurrence.`;
}

/**
 * Vixie cron asks for both day fields if one of them begins with `*`, and so it reads steps otherwise than we do. We
 * ask for either whenever both are restricted.
 */
function dayRuleNote({ key, cron }: ScheduleStatus): string | undefined {
  const expression = parseExpression(cron, { seed: key });
  if (expression.kind !== 'calendar') return undefined;
  const [dayOfMonth = '', , dayOfWeek = ''] = expression.fields.split(' ').slice(-3);
  const fields = [dayOfMonth, dayOfWeek];
  const isRestricted = fields.every((field) => field !== '*' && field !== '?');
  if (!isRestricted || !fields.some((field) => field.startsWith('*'))) return undefined;
  return `either day field may match here: day of month "${dayOfMonth}" or day of week "${dayOfWeek}". Vixie cron would ask for both, because one of them begins with "*".`;
}

/** What no clock tells is not listed, or is listed as if the schedule began now. */
function startNote({ key, cron }: ScheduleStatus): string | undefined {
  const expression = parseExpression(cron, { seed: key });
  if (expression.kind === 'start')
    return 'it falls due once after each start of the scheduler, so no instant can be listed.';
  return isCountedFromStart(expression)
    ? 'it is counted from when the schedule is first registered. The instants listed here are counted from now.'
    : undefined;
}

function shortestGapMs(
  cron: string,
  { key, timezone }: Pick<ScheduleStatus, 'key' | 'timezone'>,
  nowMs: number,
): number {
  const expression = parseExpression(cron, { seed: key });
  if (expression.kind === 'interval') return expression.everyMs;
  if (expression.kind === 'start') return Number.POSITIVE_INFINITY;
  const instants = upcoming({ expression: cron, timezone, seed: key }, nowMs, LOOKED_AT);
  return Math.min(...instants.slice(1).map((atMs, index) => atMs - (instants[index] as number)));
}
