/** What the supervisor reports to the host, in answers and in events: statuses, gauges, runs and warnings. */
import type { ErrorRecord, OutcomeCounts, RunRecord } from '../machines/run.ts';
import type { Pause } from '../machines/schedule-state.ts';
import type { MissedRunPolicy } from '../plugin.ts';

/** Where a schedule is in its life. */
export type ScheduleStateName =
  | 'idle'
  | 'locking'
  | 'running'
  | 'recording'
  | 'quarantined'
  | 'paused'
  | 'faulted'
  | 'disabled';

/** One schedule as `scheduler.schedules()` tells it. */
export interface ScheduleStatus {
  readonly key: string;
  readonly plugin: string;
  readonly scheduleId: string;
  readonly tenantId?: string;
  readonly siteId?: string;
  readonly description?: string;
  readonly cron: string;
  readonly timezone: string;
  readonly jitterMs: number;
  readonly missedRunPolicy: MissedRunPolicy;
  readonly state: ScheduleStateName;
  /** Why it is faulted. */
  readonly faultReason?: string;
  /** Since when and why it is paused. */
  readonly pause?: Pause;
  /** Epoch milliseconds, without jitter; null while it is paused, faulted or disabled. */
  readonly nextOccurrenceAtMs: number | null;
  /** When the store first heard of it, epoch milliseconds: counts but `runCount` are totals since then. */
  readonly createdAtMs: number;
  /** Occurrences that fell due, manual triggers included. */
  readonly dueCount: number;
  /** Runs since the scheduler started. */
  readonly runCount: number;
  readonly outcomes: OutcomeCounts;
  /** Runs that failed since one succeeded. */
  readonly failuresInRow: number;
  readonly lastRun?: RunRecord;
  /** The last run that failed by its own doing: `failed`, `timed-out`, `over-budget`, `out-of-memory`, `crashed`. */
  readonly lastFailure?: RunRecord;
}

/** A plugin that is not there, with the reason. */
export interface RefusedPlugin {
  readonly module: string;
  readonly error: ErrorRecord;
}

/** Milliseconds since the scheduler started. */
export interface LatencySummary {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Gauges and latencies, as `scheduler.stats()` tells them. */
export interface SchedulerStats {
  readonly nodeId: string;
  readonly pool: {
    readonly threads: number;
    readonly running: number;
    readonly queued: number;
    readonly quarantined: number;
    readonly threadsReplaced: number;
  };
  readonly queue: { readonly scheduled: number; readonly nextDueAtMs: number | null };
  readonly clock: { readonly ticks: number; readonly wakeUps: number; readonly jumps: number };
  readonly store: { readonly name: string; readonly errors: number };
  readonly locks: {
    readonly name: string | null;
    readonly held: number;
    readonly errors: number;
    /** How often the backend was called. */
    readonly roundTrips: number;
  };
  /** The nodes at work, as far as this one knows, and how far its clock is ahead of the backend's, if that was measured. */
  readonly cluster: { readonly nodeIds: readonly string[]; readonly clockSkewMs: number | null };
  readonly plugins: { readonly loaded: number; readonly refused: readonly RefusedPlugin[] };
  readonly outcomes: OutcomeCounts;
  readonly supervisorHeapBytes: number;
  readonly lateness: {
    readonly tick: LatencySummary;
    readonly lock: LatencySummary;
    readonly queue: LatencySummary;
    readonly start: LatencySummary;
    readonly total: LatencySummary;
  };
}

/** A run that was live when the scheduler was stopped. */
export interface StoppedRun {
  readonly runId: string;
  readonly key: string;
}

/** What became of the runs that were live when the scheduler was stopped. */
export interface StopReport {
  /** Ended by themselves. */
  readonly finished: readonly StoppedRun[];
  /** Stopped when their signal was aborted, or were still waiting for a thread. */
  readonly aborted: readonly StoppedRun[];
  /** Ended only because their thread was terminated, or could not even be terminated. */
  readonly killed: readonly StoppedRun[];
}

/** A run whose `run()` was called. */
export interface RunStartEvent {
  readonly runId: string;
  readonly key: string;
  readonly scheduledAtMs: number;
  readonly startedAtMs: number;
  readonly threadId: number;
}

/** What `progress()` of a run said. */
export interface RunProgressEvent {
  readonly runId: string;
  readonly key: string;
  readonly fraction: number;
  readonly note?: string;
}

/** Something that an operator should see and that no outcome tells. */
export interface SchedulerWarning {
  readonly code: string;
  readonly message: string;
  readonly key?: string;
  readonly runId?: string;
  readonly error?: ErrorRecord;
}
