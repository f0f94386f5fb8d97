import { ScheduleRecurrence } from '../../machines/calendar/recurrence.ts';
import type { MissedRunRules, Recurrence } from '../../machines/missed-runs/due-plan.ts';
import { sentence } from '../../machines/printable.ts';
import { placeOf, type ScheduleIdentity, scheduleKey } from '../../machines/run.ts';
import type { DeclaredTimes } from '../../machines/schedule-entries.ts';
import type { LockingHint, Schedule } from '../../plugin.ts';
import type { PluginSource } from '../../workers/protocol.ts';
import type { RunBudget } from '../ports/run-pool.ts';
import { timeProblems } from './declaring/time-problems.ts';
import type { DeclaredTerms, PluginTerms, ScheduleTerms, SharedTerms } from './shared-terms.ts';

/** A schedule as its plugin declared it, checked and with every default filled in. */
export interface ScheduleDefinition {
  readonly key: string;
  readonly identity: ScheduleIdentity;
  readonly declared: DeclaredTerms;
  /** The times as they are declared today. The store keeps them, so that the past can be explained after a change. */
  readonly times: DeclaredTimes;
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
export interface ScheduleDefaults extends Pick<PluginTerms, 'plugin' | 'source'> {
  /** The current wall time, from which the first occurrence is searched. */
  readonly nowMs: number;
}

/** Parses the expression and fills in every default. Returns everything that is wrong with the expression and the zone. */
export function defineSchedule(
  declared: Schedule,
  shared: SharedTerms,
  { plugin, source, nowMs }: ScheduleDefaults,
): ScheduleDefinition | readonly string[] {
  const key = scheduleKey(identityOf(plugin, source, declared.id));
  if (source.isUnmetered && declared.budget?.fuel !== undefined) {
    const why = 'that of the scheduler or of the installation is Infinity, so nothing is counted';
    return [`Schedule "${key}": budget.fuel cannot be kept: ${why}.`];
  }
  try {
    const { times, calendar, terms } = shared.of(declared, key);
    const recurrence = times.jitterMs === 0 ? calendar : new ScheduleRecurrence(key, calendar, times.jitterMs);
    recurrence.anchorAt({ createdAtMs: nowMs, startMs: null });
    // The search is slow. Here it runs in slices, and the calendar then has the answer when the schedule is planned.
    recurrence.next(nowMs);
    return new DeclaredSchedule(key, times, recurrence, terms);
  } catch (error) {
    return problemsOf(error, declared, key);
  }
}

/** Ten thousand schedules keep one each, so it holds only what differs, and refers to what they have in common. */
class DeclaredSchedule implements ScheduleDefinition {
  readonly key: string;
  readonly times: DeclaredTimes;
  readonly recurrence: Recurrence;
  readonly #terms: ScheduleTerms;

  constructor(key: string, times: DeclaredTimes, recurrence: Recurrence, terms: ScheduleTerms) {
    this.key = key;
    this.times = times;
    this.recurrence = recurrence;
    this.#terms = terms;
  }

  get identity(): ScheduleIdentity {
    const { plugin, source } = this.#terms.inherited;
    // Names have no slash, so the key has one.
    return identityOf(plugin, source, this.key.slice(this.key.indexOf('/') + 1));
  }

  get declared(): DeclaredTerms {
    return this.#terms.declared;
  }

  get timezone(): string {
    return this.times.timezone;
  }

  get missed(): MissedRunRules {
    return this.#terms.missed;
  }

  get locking(): LockingHint {
    return this.#terms.declared.locking ?? 'require-global';
  }

  get isEnabled(): boolean {
    return this.times.isEnabled;
  }

  get priority(): number {
    return this.#terms.inherited.priority;
  }

  get budget(): RunBudget {
    return this.#terms.budget;
  }

  get source(): PluginSource {
    return this.#terms.inherited.source;
  }
}

function identityOf(plugin: string, source: PluginSource, scheduleId: string): ScheduleIdentity {
  return { plugin, scheduleId, ...placeOf(source) };
}

function problemsOf(error: unknown, declared: Schedule, key: string): readonly string[] {
  const problems = timeProblems(declared, key);
  if (problems.length === 0) throw error;
  return problems.map((problem) => sentence(`Schedule "${key}": ${problem}`));
}
