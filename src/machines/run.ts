/** How a run, or an occurrence that did not run, ended. Every occurrence that fell due ends in exactly one. */
export const RUN_OUTCOMES = [
  'succeeded',
  'failed',
  'timed-out',
  'over-budget',
  'out-of-memory',
  'crashed',
  'aborted',
  'lock-lost',
  'lost',
] as const;

/** Outcomes of occurrences for which no run was started. */
export const SKIP_OUTCOMES = ['overlap', 'contended', 'lock-error', 'missed-skipped', 'pool-full'] as const;

/** How a run ended. */
export type RunOutcome = (typeof RUN_OUTCOMES)[number];
/** Why an occurrence did not run. */
export type SkipOutcome = (typeof SKIP_OUTCOMES)[number];
/** How an occurrence ended. */
export type Outcome = RunOutcome | SkipOutcome;

/** What made a run start. */
export type RunTrigger = 'clock' | 'catch-up' | 'manual';

/** Why a run was told to stop: the abort reason that a plugin sees. */
export type AbortReason =
  | 'wall-budget'
  | 'cpu-budget'
  | 'memory-budget'
  | 'stop'
  | 'pause'
  | 'removed'
  | 'operator'
  | 'lock-lost';

/** The occurrence that a run works on. Its identity is (schedule key, scheduledAtMs). */
export interface Occurrence {
  /** The nominal instant, epoch milliseconds. A manual trigger has the instant at which it was asked for. */
  readonly scheduledAtMs: number;
  /** When it was to start: the occurrence plus jitter; for a catch-up, when it was found missed. */
  readonly dueAtMs: number;
  readonly trigger: RunTrigger;
  /** On a catch-up, or the first run after a gap: how many occurrences it stands for, and the first of them. */
  readonly missedCount?: number;
  readonly firstMissedAtMs?: number;
  /** The lost run whose place it takes. */
  readonly recoveryOf?: string;
  /** Where the schedule stood before it; absent where nobody else could have moved it. */
  readonly basis?: PlanBasis;
}

/** Where a schedule stood when its node planned: see `admission.ts`. */
export interface PlanBasis {
  readonly cursorMs: number;
  readonly owed?: OwedRun;
}

/** A lost run that is to be made good. */
export interface OwedRun {
  readonly runId: string;
  readonly scheduledAtMs: number;
}

/** The parts of a start's lateness, in fractional milliseconds. They add up to `totalMs`. */
export interface Lateness {
  /** From due to collected by the tick. */
  readonly tickMs: number;
  /** From collected to claimed. */
  readonly lockMs: number;
  /** From claimed to a free pool thread. */
  readonly queueMs: number;
  /** From the thread's turn to the call of `run()`: message, module load on the thread's first run, context. */
  readonly startMs: number;
  readonly totalMs: number;
}

/** An error in the form that crosses threads and is kept in history: bounded in length and depth. */
export interface ErrorRecord {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string;
  readonly cause?: ErrorRecord;
}

/** One settled run. Instants are epoch milliseconds, fractional. */
export interface RunRecord {
  readonly runId: string;
  readonly key: string;
  readonly plugin: string;
  readonly scheduleId: string;
  readonly tenantId?: string;
  readonly siteId?: string;
  readonly nodeId: string;
  readonly trigger: RunTrigger;
  readonly isCatchup: boolean;
  /** The lost run whose place this one took. */
  readonly recoveryOf?: string;
  readonly scheduledAtMs: number;
  readonly dueAtMs: number;
  /** When `run()` was called; when it never was, equal to `finishedAtMs`. */
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  readonly outcome: Outcome;
  readonly error?: ErrorRecord;
  readonly lateness: Lateness;
  readonly cpuMs?: number;
  readonly fuel?: number;
  readonly fencingToken?: string;
  readonly threadId?: number;
  /** Log lines of the run that were dropped because it wrote more than a run may. */
  readonly droppedLogLines?: number;
}

/** How grave a log line is. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** One line that a run logged. */
export interface LogLine {
  readonly atMs: number;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/**
 * What a skip outcome leaves open. Of missed occurrences: the policy is `skip`, a later one stands for them (`run-once`), or a
 * cap dropped them, or they were still waiting when the schedule was paused. Of overlaps: `fell-behind`, when a backlog could not be worked off faster than it grew.
 */
export type DecisionReason = 'policy' | 'superseded' | 'max-catchup' | 'max-late' | 'paused' | 'fell-behind';

/**
 * Occurrences of one schedule that did not run, all for the same reason; runs may lie between them. Instants are epoch
 * milliseconds.
 */
export interface Decision {
  readonly key: string;
  readonly nodeId: string;
  readonly outcome: SkipOutcome;
  readonly reason?: DecisionReason;
  /** First and last occurrence that it speaks of. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** How many occurrences it speaks of. */
  readonly count: number;
  /** When it was taken, or last extended. */
  readonly atMs: number;
  readonly error?: ErrorRecord;
}

/** How often each outcome was reached; an absent one was not. */
export type OutcomeCounts = Partial<Record<Outcome, number>>;

/** Outcomes that are the plugin's own failure: what counts towards `pauseAfterFailures`. */
const FAILURES: readonly Outcome[] = ['failed', 'timed-out', 'over-budget', 'out-of-memory', 'crashed'];

/** Whether a run that ended so failed by its own doing. */
export function isFailure(outcome: Outcome): boolean {
  return FAILURES.includes(outcome);
}

/** Whether an occurrence that ended so had a run of its own. */
export function isRunOutcome(outcome: Outcome): outcome is RunOutcome {
  return (RUN_OUTCOMES as readonly Outcome[]).includes(outcome);
}

/** The parts of a schedule key. */
export interface ScheduleIdentity {
  readonly plugin: string;
  readonly scheduleId: string;
  readonly tenantId?: string;
  readonly siteId?: string;
}

/** Formats a schedule key: `plugin/scheduleId`, or `plugin@tenant:site/scheduleId` with the parts that apply. */
export function scheduleKey(identity: ScheduleIdentity): string {
  const { plugin, scheduleId, tenantId, siteId } = identity;
  const site = siteId === undefined ? '' : `:${siteId}`;
  const place = tenantId === undefined && siteId === undefined ? '' : `@${tenantId ?? ''}${site}`;
  return `${plugin}${place}/${scheduleId}`;
}
