import { InvalidExpressionError, InvalidTimezoneError } from '../../errors.ts';
import { ScheduleRecurrence } from '../../machines/calendar/recurrence.ts';
import { canonicalTimezone } from '../../machines/calendar/time-zone.ts';
import type { MissedRunRules, Recurrence } from '../../machines/missed-runs/due-plan.ts';
import { sentence } from '../../machines/printable.ts';
import { type ScheduleIdentity, scheduleKey } from '../../machines/run.ts';
import type { DeclaredTimes } from '../../machines/schedule-entries.ts';
import type { Budget, LockingHint, Schedule } from '../../plugin.ts';
import type { PluginSource } from '../../workers/protocol.ts';
import type { RunBudget } from '../ports/run-pool.ts';
import type { Calendars } from './calendars.ts';

/** A schedule as its plugin declared it, checked and with every default filled in. */
export interface ScheduleDefinition {
  readonly key: string;
  readonly identity: ScheduleIdentity;
  readonly declared: Schedule;
  readonly timezone: string;
  readonly missed: MissedRunRules;
  readonly locking: LockingHint;
  readonly isEnabled: boolean;
  readonly priority: number;
  readonly budget: RunBudget;
  readonly source: PluginSource;
  readonly recurrence: Recurrence;
}

/** Everything that a schedule inherits from its plugin and from the scheduler. */
export interface ScheduleDefaults {
  readonly plugin: string;
  readonly priority: number;
  readonly source: PluginSource;
  readonly timezone: string;
  readonly budget: RunBudget;
  readonly calendars: Calendars;
  /** The current wall time, from which the first occurrence is searched. */
  readonly nowMs: number;
}

/** Parses the expression and fills in every default. Returns what is wrong if the expression or the zone is invalid. */
export function defineSchedule(declared: Schedule, defaults: ScheduleDefaults): ScheduleDefinition | string {
  const identity = identityOf(declared, defaults);
  const key = scheduleKey(identity);
  try {
    const timezone = canonicalTimezone(declared.timezone ?? defaults.timezone);
    const calendar = defaults.calendars.get(declared.cron, timezone, key);
    const recurrence = new ScheduleRecurrence(key, calendar, declared.jitterMs ?? 0);
    // The search is slow. Here it runs in slices, and the calendar then has the answer when the schedule is planned.
    recurrence.next(defaults.nowMs);
    const { priority, source } = defaults;
    return {
      key,
      identity,
      declared,
      timezone,
      missed: missedRunsOf(declared),
      locking: declared.locking ?? 'require-global',
      isEnabled: declared.enabled ?? true,
      priority,
      source,
      budget: budgetOf(declared.budget, defaults.budget),
      recurrence,
    };
  } catch (error) {
    return problemOf(error, declared, key);
  }
}

/** The times as they are declared today. The store keeps them, so that the past can be explained after they change. */
export function declaredTimes({ declared, timezone, missed, isEnabled }: ScheduleDefinition): DeclaredTimes {
  return {
    cron: declared.cron,
    timezone,
    jitterMs: declared.jitterMs ?? 0,
    missedRunPolicy: missed.policy,
    isEnabled,
    zoneData: process.versions['tz'] ?? 'unknown',
  };
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

function missedRunsOf({
  missedRunPolicy,
  maxCatchup,
  maxLateMs,
  missedAfterMs,
}: Schedule): ScheduleDefinition['missed'] {
  return {
    policy: missedRunPolicy ?? 'run-once',
    maxCatchup: maxCatchup ?? Number.POSITIVE_INFINITY,
    maxLateMs: maxLateMs ?? Number.POSITIVE_INFINITY,
    ...(missedAfterMs !== undefined && { missedAfterMs }),
  };
}

function budgetOf(own: Budget | undefined, defaults: RunBudget): RunBudget {
  return own === undefined ? defaults : { ...defaults, ...own };
}

function problemOf(error: unknown, declared: Schedule, key: string): string {
  if (error instanceof InvalidExpressionError)
    return `Schedule "${key}": cron "${declared.cron}" is invalid: ${error.reason}.`;
  if (error instanceof InvalidTimezoneError)
    return sentence(`Schedule "${key}": timezone "${error.timezone}" ${error.problem}`);
  throw error;
}
