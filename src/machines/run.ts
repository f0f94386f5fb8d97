import type { Outcome, SkipOutcome } from './words/outcomes.ts';

export {
  FAILURES,
  type Outcome,
  RAN,
  RUN_OUTCOMES,
  type RunOutcome,
  SKIP_OUTCOMES,
  type SkipOutcome,
} from './words/outcomes.ts';

/** What makes runs start. */
export const RUN_TRIGGERS = ['clock', 'catch-up', 'manual'] as const;

/** What made a run start. */
export type RunTrigger = (typeof RUN_TRIGGERS)[number];

/** Why a run has to stop: the abort reason that a plugin sees. */
export type AbortReason =
  | 'wall-budget'
  | 'cpu-budget'
  | 'memory-budget'
  | 'memory-limit'
  | 'stop'
  | 'pause'
  | 'removed'
  | 'operator'
  | 'lock-lost';

/** The occurrence that a run works on. Its identity is (schedule key, scheduledAtMs, pass). */
export interface Occurrence {
  /** The nominal instant, epoch milliseconds. For a manual trigger, the instant of the request. */
  readonly scheduledAtMs: number;
  /** When it is to start: the occurrence plus jitter. For a catch-up, when it was found to be missed. */
  readonly dueAtMs: number;
  /** Set when it comes again: see `position/repeat.ts`. */
  readonly pass?: number;
  readonly trigger: RunTrigger;
  /** For a catch-up, or the first run after a gap: how many missed occurrences it stands for, and the first of them. */
  readonly missedCount?: number;
  readonly firstMissedAtMs?: number;
  /** The lost run that it makes up for. */
  readonly recoveryOf?: string;
  /** Of a manual trigger: the trace that it belongs to, as in W3C Trace Context. */
  readonly traceparent?: string;
  /** Where the schedule stood before it. Absent if no other node can move the schedule. */
  readonly basis?: PlanBasis;
}

/** Where a schedule stood when a node planned: see `admission.ts`. */
export interface PlanBasis {
  /** Up to where occurrences are settled, in epoch milliseconds. */
  readonly cursorMs: number;
  /** The run that is owed, because an earlier one was lost. */
  readonly owed?: OwedRun;
}

/** A lost run that another run has to make up for. */
export interface OwedRun {
  /** The id of the run. */
  readonly runId: string;
  /** The occurrence, before jitter, in epoch milliseconds. */
  readonly scheduledAtMs: number;
}

/** Why a run started late, in fractional milliseconds. The parts add up to `totalMs`. */
export interface Lateness {
  /** From when it was due until the tick collected it. */
  readonly tickMs: number;
  /** From then until it was claimed. */
  readonly lockMs: number;
  /** From then until a pool thread was free. */
  readonly queueMs: number;
  /** From then until `run()` was called: the message, loading the module on the thread's first run, the context. */
  readonly startMs: number;
  readonly totalMs: number;
}

/**
 * An error in the form that crosses threads and is kept in history: `name`, `message`, `stack`, `code` and `cause` as the
 * error had them, bounded in length and depth.
 */
export interface ErrorRecord {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string;
  /** Of a `GuestTrapError`: its kind. */
  readonly kind?: string;
  readonly cause?: ErrorRecord;
}

/** What is kept of one run. Instants are epoch milliseconds, fractional. */
export interface RunRecord {
  /** The id of the run. */
  readonly runId: string;
  /** The key of the schedule. */
  readonly key: string;
  /** The name of the plugin. */
  readonly plugin: string;
  /** The id of the schedule within its plugin. */
  readonly scheduleId: string;
  /** For whom the plugin is installed; absent for all. */
  readonly tenantId?: string;
  /** The site of the tenant; absent for all of them. */
  readonly siteId?: string;
  /** The id of the node. */
  readonly nodeId: string;
  /** What started it: the clock or a call. */
  readonly trigger: RunTrigger;
  /** Whether it made up for a missed occurrence. */
  readonly isCatchup: boolean;
  /** The lost run that this one made up for. */
  readonly recoveryOf?: string;
  /** The occurrence, before jitter, in epoch milliseconds. */
  readonly scheduledAtMs: number;
  /** The occurrence with its jitter, in epoch milliseconds. */
  readonly dueAtMs: number;
  /**
   * Which time the occurrence came, from 2, when the clock was set back or an operator moved the schedule back. Absent
   * for the first time.
   */
  readonly pass?: number;
  /** The trace that its trigger belonged to, as in W3C Trace Context. */
  readonly traceparent?: string;
  /** When `run()` was called. Equal to `finishedAtMs` if it never was. */
  readonly startedAtMs: number;
  /** When it ended, in epoch milliseconds. */
  readonly finishedAtMs: number;
  /** How it ended. */
  readonly outcome: Outcome;
  /** What it threw, or why it was ended. */
  readonly error?: ErrorRecord;
  /** How late it started, and why. */
  readonly lateness: Lateness;
  /** The CPU time of its thread, in milliseconds, where Node measures it. */
  readonly cpuMs?: number;
  /** The instructions that a WASM guest executed. */
  readonly fuel?: number;
  /** How many it might have executed. Absent if nothing was counted, or without a limit. */
  readonly fuelBudget?: number;
  /** The number of its lock, if the backend counts them. */
  readonly fencingToken?: string;
  /** The thread that executes it, or the id of the process. */
  readonly threadId?: number;
  /** How many log lines were dropped because the run wrote more than a run may. */
  readonly droppedLogLines?: number;
}

export { LOG_LEVELS, type LogLevel, type LogLine } from './operating/log-line.ts';

/**
 * More about a skip outcome. For missed occurrences: the policy is `skip`, a later one ran for them (`run-once`), a
 * limit dropped them, or they were still waiting when the schedule was paused. For overlaps: `fell-behind`, when a
 * backlog grew as fast as it was worked off.
 */
export type DecisionReason = (typeof DECISION_REASONS)[number];

export const DECISION_REASONS = ['policy', 'superseded', 'max-catchup', 'max-late', 'paused', 'fell-behind'] as const;

/**
 * Occurrences of one schedule that did not run, all for the same reason. Other occurrences, which did run, may lie
 * between them. Instants are epoch milliseconds.
 */
export interface Decision {
  /** The key of the schedule. */
  readonly key: string;
  /** The id of the node. */
  readonly nodeId: string;
  /** How it ended. */
  readonly outcome: SkipOutcome;
  /** Why it did not run. */
  readonly reason?: DecisionReason;
  /** The first and the last occurrence that it is about. */
  readonly fromMs: number;
  /** Until when the decision stands for occurrences, in epoch milliseconds. */
  readonly untilMs: number;
  /** How many occurrences it is about. */
  readonly count: number;
  /** Which time the first of them came, from 2: see `RunRecord`. */
  readonly pass?: number;
  /** It is about a manual trigger, which is not an occurrence of the calendar: the cursor stays where it is. */
  readonly isManual?: true;
  /** When it was made, or last extended. */
  readonly atMs: number;
  /** What went wrong. */
  readonly error?: ErrorRecord;
}

/** How often each outcome occurred. An outcome that never occurred is absent. */
export type OutcomeCounts = Partial<Record<Outcome, number>>;

/** Whether another run may make up for this one: it was lost, or it was aborted before it began. */
export function mayBeMadeUpFor({ outcome, threadId }: RunRecord): boolean {
  return outcome === 'lost' || (outcome === 'aborted' && threadId === undefined);
}

/** For whom a plugin is installed. */
export interface Place {
  readonly tenantId?: string;
  readonly siteId?: string;
}

/** What is known of a place, without fields that are undefined. */
export function placeOf({ tenantId, siteId }: { readonly [K in keyof Place]: Place[K] | undefined }): Place {
  return { ...(tenantId !== undefined && { tenantId }), ...(siteId !== undefined && { siteId }) };
}

/** The parts of a schedule key. */
export interface ScheduleIdentity extends Place {
  readonly plugin: string;
  readonly scheduleId: string;
}

/** Formats a schedule key: `plugin/scheduleId`, or `plugin@tenant:site/scheduleId` with the parts that apply. */
export function scheduleKey(identity: ScheduleIdentity): string {
  const { plugin, scheduleId } = identity;
  // Joined, because V8 keeps the parts of a text that was put together, and keys are kept for long.
  return [installationName(plugin, identity), '/', scheduleId].join('');
}

/** How an installation is called in keys: `plugin`, or `plugin@tenant:site` with the parts that apply. */
export function installationName(plugin: string, { tenantId, siteId }: Place): string {
  if (tenantId === undefined && siteId === undefined) return plugin;
  return `${plugin}@${tenantId ?? ''}${siteId === undefined ? '' : `:${siteId}`}`;
}

/** The installation's name in the key of one of its schedules. */
export function installationOf(key: string): string {
  return key.slice(0, key.indexOf('/'));
}
