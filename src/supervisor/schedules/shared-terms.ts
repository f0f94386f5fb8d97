/**
 * What schedules of one plugin have in common. A declaration comes from another thread, so that even equal texts in it
 * are different strings. Here each expression and each set of options gets one object, to which all schedules that
 * declare it refer: a hundred thousand schedules that are declared alike keep a key each, and little else.
 */
import type { SharedCalendar } from '../../machines/calendar/recurrence.ts';
import { canonicalTimezone } from '../../machines/calendar/time-zone.ts';
import type { MissedRunRules } from '../../machines/missed-runs/due-plan.ts';
import type { DeclaredTimes } from '../../machines/schedule-entries.ts';
import type { Budget, Schedule } from '../../plugin.ts';
import type { PluginSource } from '../../workers/protocol.ts';
import type { RunBudget } from '../ports/run-pool.ts';
import { Calendars, isOwn } from './calendars.ts';

/** What a schedule declares beside its id and its expression. */
export type DeclaredTerms = Omit<Schedule, 'id' | 'cron'>;

/** What all schedules of a plugin inherit from it and from the scheduler. */
export interface PluginTerms {
  readonly plugin: string;
  readonly priority: number;
  readonly source: PluginSource;
  readonly timezone: string;
  readonly budget: RunBudget;
}

/** The terms of a schedule that do not decide when it falls due. */
export interface ScheduleTerms {
  readonly inherited: PluginTerms;
  readonly declared: DeclaredTerms;
  readonly missed: MissedRunRules;
  readonly budget: RunBudget;
}

/** When a schedule falls due. */
interface ScheduleTimes {
  readonly times: DeclaredTimes;
  readonly calendar: SharedCalendar;
}

/** Schedules that are declared alike, except for their ids, expressions, configs and descriptions. */
interface Alike {
  readonly terms: ScheduleTerms;
  readonly timezone: string;
  /** By expression. */
  readonly times: Map<string, ScheduleTimes>;
}

/** Version of the time zone data by which schedules are planned. */
const ZONE_DATA = process.versions['tz'] ?? 'unknown';

export class SharedTerms {
  readonly #inherited: PluginTerms;
  readonly #calendars = new Calendars();
  readonly #alike = new Map<string, Alike>();

  constructor(inherited: PluginTerms) {
    this.#inherited = inherited;
  }

  /** The terms of one schedule. @throws InvalidExpressionError @throws InvalidTimezoneError */
  of(
    { id: _, cron, config, description, ...options }: Schedule,
    key: string,
  ): ScheduleTimes & {
    readonly terms: ScheduleTerms;
  } {
    const alike = this.#alikeFor(options);
    const { times, calendar } = this.#timesOf(alike, cron, key);
    return { times, calendar, terms: withOwn(alike.terms, { config, description }) };
  }

  #alikeFor(options: DeclaredTerms): Alike {
    const name = JSON.stringify(options);
    const known = this.#alike.get(name);
    if (known !== undefined) return known;
    const { timezone, budget } = this.#inherited;
    const alike: Alike = {
      terms: {
        inherited: this.#inherited,
        declared: options,
        missed: missedRunsOf(options),
        budget: budgetOf(options.budget, budget),
      },
      timezone: canonicalTimezone(options.timezone ?? timezone),
      times: new Map(),
    };
    this.#alike.set(name, alike);
    return alike;
  }

  #timesOf({ terms, timezone, times: known }: Alike, cron: string, key: string): ScheduleTimes {
    const found = known.get(cron);
    if (found !== undefined) return found;
    const calendar = this.#calendars.get(cron, timezone, key);
    const { declared, missed } = terms;
    const times: DeclaredTimes = {
      // The calendar may have been made for another schedule: then its text is shared, too.
      cron: calendar.expression.source,
      timezone,
      jitterMs: declared.jitterMs ?? 0,
      missedRunPolicy: missed.policy,
      isEnabled: declared.enabled ?? true,
      zoneData: ZONE_DATA,
    };
    const made = { times, calendar };
    if (!isOwn(cron)) known.set(cron, made);
    return made;
  }
}

/** A config or a description is mostly the schedule's own. The rest of its terms is shared even so. */
function withOwn(
  terms: ScheduleTerms,
  { config, description }: { readonly [K in 'config' | 'description']: Schedule[K] | undefined },
): ScheduleTerms {
  if (config === undefined && description === undefined) return terms;
  const { inherited, declared, missed, budget } = terms;
  const own = {
    ...declared,
    ...(config !== undefined && { config }),
    ...(description !== undefined && { description }),
  };
  return { inherited, declared: own, missed, budget };
}

function missedRunsOf({ missedRunPolicy, maxCatchup, maxLateMs, missedAfterMs }: DeclaredTerms): MissedRunRules {
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
