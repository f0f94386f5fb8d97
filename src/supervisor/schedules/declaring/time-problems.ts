import { InvalidExpressionError, InvalidTimezoneError } from '../../../errors.ts';
import { parseExpression } from '../../../machines/calendar/expression.ts';
import { canonicalTimezone } from '../../../machines/calendar/time-zone.ts';
import { MAX_CRON_LENGTH } from '../../../wire/declaration-limits.ts';
import { MAX_ZONE_LENGTH, shown } from './declaration-rules.ts';

/** What a schedule says of its times. It comes from code that is not ours. */
export interface SaidTimes {
  readonly cron?: unknown;
  readonly timezone?: unknown;
}

/**
 * What is wrong with the expression and with the zone of a schedule, one clause each. Values of the wrong type, or of
 * too many characters, are left to other rules.
 */
export function timeProblems({ cron, timezone }: SaidTimes, key: string): string[] {
  return [
    ...(typeof cron === 'string' && cron.length <= MAX_CRON_LENGTH ? expressionProblem(cron, key) : []),
    ...(typeof timezone === 'string' && timezone.length <= MAX_ZONE_LENGTH ? zoneProblems(timezone) : []),
  ];
}

function expressionProblem(cron: string, seed: string): string[] {
  try {
    parseExpression(cron, { seed });
    return [];
  } catch (error) {
    if (error instanceof InvalidExpressionError) return [`cron "${shown(cron)}" is invalid: ${error.reason}`];
    throw error;
  }
}

function zoneProblems(timezone: string): string[] {
  try {
    canonicalTimezone(timezone);
    return [];
  } catch (error) {
    if (error instanceof InvalidTimezoneError) return [`timezone "${error.timezone}" ${error.problem}`];
    throw error;
  }
}
