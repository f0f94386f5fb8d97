import { InvalidExpressionError, InvalidTimezoneError } from '../../errors.ts';
import { type Expression, parseExpression } from '../../machines/calendar/expression.ts';
import { jitterFor } from '../../machines/calendar/jitter.ts';
import { countOccurrences, nextOccurrence, previousOccurrence } from '../../machines/calendar/recurrence.ts';
import { canonicalTimezone } from '../../machines/calendar/time-zone.ts';
import type { Recurrence } from '../../machines/missed-runs/due-plan.ts';
import { type ScheduleIdentity, scheduleKey } from '../../machines/run.ts';
import type { DeclaredTimes } from '../../machines/schedule-state.ts';
import type { Budget, Schedule } from '../../plugin.ts';
import type { PluginSource } from '../../workers/protocol.ts';
import type { RunBudget } from '../ports/run-pool.ts';
import type { ScheduleDefinition } from './registry.ts';

/** What a schedule inherits from its plugin and from the scheduler. */
export interface ScheduleDefaults {
  readonly plugin: string;
  readonly priority: number;
  readonly source: PluginSource;
  readonly timezone: string;
  readonly budget: RunBudget;
  readonly calendars: Calendars;
  /** Present wall time: the first occurrence is looked up while the expression is at hand. */
  readonly nowMs: number;
}

/**
 * The calendar of all schedules with the same expression and zone. It remembers its last answer, which holds for every
 * instant in between: schedules that fall due together compute what comes next once.
 */
class SharedCalendar {
  readonly #expression: Expression;
  readonly #timezone: string;
  #fromMs = Number.POSITIVE_INFINITY;
  #nextMs = Number.NEGATIVE_INFINITY;

  constructor(expression: Expression, timezone: string) {
    this.#expression = expression;
    this.#timezone = timezone;
  }

  next(fromMs: number): number {
    if (fromMs < this.#fromMs || fromMs >= this.#nextMs) {
      this.#nextMs = nextOccurrence(this.#expression, this.#timezone, fromMs);
      this.#fromMs = fromMs;
    }
    return this.#nextMs;
  }

  previous(atMs: number, sinceMs: number): number | undefined {
    return previousOccurrence(this.#expression, this.#timezone, { atMs, sinceMs });
  }

  count(afterMs: number, untilMs: number, limit: number): number {
    return countOccurrences(this.#expression, this.#timezone, { afterMs, untilMs, limit });
  }
}

/** One schedule's view of its calendar: what is its own is the jitter. */
class ScheduleRecurrence implements Recurrence {
  readonly #key: string;
  readonly #calendar: SharedCalendar;
  readonly #jitterMs: number;

  constructor(key: string, calendar: SharedCalendar, jitterMs: number) {
    this.#key = key;
    this.#calendar = calendar;
    this.#jitterMs = jitterMs;
  }

  next(fromMs: number): number {
    return this.#calendar.next(fromMs);
  }

  previous(atMs: number, sinceMs: number): number | undefined {
    return this.#calendar.previous(atMs, sinceMs);
  }

  count(afterMs: number, untilMs: number, limit: number): number {
    return this.#calendar.count(afterMs, untilMs, limit);
  }

  dueAt(occurrenceMs: number): number {
    if (this.#jitterMs === 0) return occurrenceMs;
    return occurrenceMs + jitterFor(this.#key, occurrenceMs, this.#jitterMs);
  }
}

/** The calendars of one plugin's schedules, or of all that are to share them. */
export class Calendars {
  readonly #calendars = new Map<string, SharedCalendar>();

  /** @throws InvalidExpressionError */
  get(cron: string, timezone: string, key: string): SharedCalendar {
    // An expression with an H is different for every schedule.
    const name = `${timezone}\n${cron}\n${cron.includes('H') ? key : ''}`;
    const known = this.#calendars.get(name);
    if (known !== undefined) return known;
    const calendar = new SharedCalendar(parseExpression(cron, { seed: key }), timezone);
    this.#calendars.set(name, calendar);
    return calendar;
  }
}

/** What is kept of a definition beside its state, so that the past can be explained after a change. */
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

/** Fills in every default and reads the expression; returns the problem where it or the zone is invalid. */
export function defineSchedule(declared: Schedule, defaults: ScheduleDefaults): ScheduleDefinition | string {
  const identity = identityOf(declared, defaults);
  const key = scheduleKey(identity);
  try {
    const timezone = canonicalTimezone(declared.timezone ?? defaults.timezone);
    const calendar = defaults.calendars.get(declared.cron, timezone, key);
    calendar.next(defaults.nowMs);
    const { priority, source } = defaults;
    return {
      key,
      identity,
      declared,
      timezone,
      missed: {
        policy: declared.missedRunPolicy ?? 'run-once',
        maxCatchup: declared.maxCatchup ?? Number.POSITIVE_INFINITY,
        maxLateMs: declared.maxLateMs ?? Number.POSITIVE_INFINITY,
      },
      locking: declared.locking ?? 'require-global',
      isEnabled: declared.enabled ?? true,
      priority,
      source,
      budget: budgetOf(declared.budget, defaults.budget),
      recurrence: new ScheduleRecurrence(key, calendar, declared.jitterMs ?? 0),
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
  if (error instanceof InvalidExpressionError)
    return `Schedule "${key}": cron "${declared.cron}" is invalid: ${error.reason}.`;
  if (error instanceof InvalidTimezoneError) {
    return `Schedule "${key}": timezone "${error.timezone}" is invalid: it must be an IANA zone such as "Europe/Paris".`;
  }
  throw error;
}
