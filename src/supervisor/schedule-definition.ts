import { type Expression, parseExpression } from '../machines/expression.ts';
import { jitterFor } from '../machines/jitter.ts';
import type { Recurrence } from '../machines/missed-runs.ts';
import { canonicalTimezone } from '../machines/time-zone.ts';
import { countOccurrences, nextOccurrence, previousOccurrence } from '../machines/recurrence.ts';
import { type ScheduleIdentity, scheduleKey } from '../machines/run.ts';
import { InvalidExpressionError, InvalidTimezoneError } from '../errors.ts';
import type { Budget, Schedule } from '../plugin.ts';
import type { PluginSource } from '../workers/protocol.ts';
import type { RunBudget } from './run-pool.ts';
import type { ScheduleDefinition } from './schedule-registry.ts';

/** What a schedule inherits from its plugin and from the scheduler. */
export interface ScheduleDefaults {
  readonly plugin: string;
  readonly priority: number;
  readonly source: PluginSource;
  readonly timezone: string;
  readonly budget: RunBudget;
}

/** Ten thousand of these are kept, so it is one small object and not four closures. */
class ScheduleRecurrence implements Recurrence {
  readonly #key: string;
  readonly #expression: Expression;
  readonly #timezone: string;
  readonly #jitterMs: number;

  constructor(key: string, expression: Expression, place: { timezone: string; jitterMs: number }) {
    this.#key = key;
    this.#expression = expression;
    this.#timezone = place.timezone;
    this.#jitterMs = place.jitterMs;
  }

  next(fromMs: number): number {
    return nextOccurrence(this.#expression, this.#timezone, fromMs);
  }

  previous(atMs: number, sinceMs: number): number | undefined {
    return previousOccurrence(this.#expression, this.#timezone, { atMs, sinceMs });
  }

  count(afterMs: number, untilMs: number, limit: number): number {
    return countOccurrences(this.#expression, this.#timezone, { afterMs, untilMs, limit });
  }

  dueAt(occurrenceMs: number): number {
    if (this.#jitterMs === 0) return occurrenceMs;
    return occurrenceMs + jitterFor(this.#key, occurrenceMs, this.#jitterMs);
  }
}

/** Fills in every default and reads the expression; returns the problem where it or the zone is invalid. */
export function defineSchedule(declared: Schedule, defaults: ScheduleDefaults): ScheduleDefinition | string {
  const identity = identityOf(declared, defaults);
  const key = scheduleKey(identity);
  try {
    const timezone = canonicalTimezone(declared.timezone ?? defaults.timezone);
    const expression = parseExpression(declared.cron, { seed: key });
    const { priority, source } = defaults;
    return {
      key,
      identity,
      declared,
      timezone,
      policy: declared.missedRunPolicy ?? 'run-once',
      locking: declared.locking ?? 'require-global',
      isEnabled: declared.enabled ?? true,
      priority,
      source,
      budget: budgetOf(declared.budget, defaults.budget),
      recurrence: new ScheduleRecurrence(key, expression, { timezone, jitterMs: declared.jitterMs ?? 0 }),
    };
  } catch (error) {
    return problemOf(error, declared, key);
  }
}

function identityOf(declared: Schedule, { plugin, source }: ScheduleDefaults): ScheduleIdentity {
  const { tenantId, siteId } = source;
  return {
    plugin,
    scheduleId: declared.id,
    ...(tenantId !== undefined && { tenantId }),
    ...(siteId !== undefined && { siteId }),
  };
}

function budgetOf(own: Budget | undefined, defaults: RunBudget): RunBudget {
  return own === undefined ? defaults : { ...defaults, ...own };
}

function problemOf(error: unknown, declared: Schedule, key: string): string {
  if (error instanceof InvalidExpressionError) return `Schedule "${key}": cron "${declared.cron}" is invalid: ${error.reason}.`;
  if (error instanceof InvalidTimezoneError) {
    return `Schedule "${key}": timezone "${error.timezone}" is invalid: accepted is an IANA name such as "Europe/Paris".`;
  }
  throw error;
}
