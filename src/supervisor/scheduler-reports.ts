/** What the supervisor reports to the host, in answers and in events: statuses, gauges, runs and warnings. */
import type { ScheduleStateName } from '../machines/operating/schedule-lists.ts';
import type { ErrorRecord, OutcomeCounts, RunRecord } from '../machines/run.ts';
import type { Pause } from '../machines/schedule-entries.ts';
import type { MissedRunPolicy, Watch } from '../plugin.ts';
import type { PluginMetric } from './ports/plugin-metric.ts';

export type { ScheduleStateName } from '../machines/operating/schedule-lists.ts';

/** One schedule in the answer of `scheduler.schedules()`. */
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
  /** Why the schedule is faulted. */
  readonly faultReason?: string;
  /** Since when and why the schedule is paused. */
  readonly pause?: Pause;
  /** Epoch milliseconds, without jitter. Null while the schedule is paused, faulted or disabled. */
  readonly nextOccurrenceAtMs: number | null;
  /** When the store first knew the schedule, epoch milliseconds. All counts except `runCount` are totals since then. */
  readonly createdAtMs: number;
  /** How many occurrences fell due, including manual triggers. */
  readonly dueCount: number;
  /** How many runs started since the scheduler started. */
  readonly runCount: number;
  readonly outcomes: OutcomeCounts;
  /** How many runs failed since the last one that succeeded. */
  readonly failuresInRow: number;
  readonly lastRun?: RunRecord;
  /** The last run that failed by itself: `failed`, `timed-out`, `over-budget`, `out-of-memory` or `crashed`. */
  readonly lastFailure?: RunRecord;
  /** When a run last succeeded, epoch milliseconds. */
  readonly lastSuccessAtMs?: number;
  /** How long it may be silent, as it is declared. */
  readonly watch?: Watch;
  /** Since when it counts as silent, epoch milliseconds: nothing of it has succeeded for `watch.maxSilenceMs`. */
  readonly silentSinceMs?: number;
}

/** A plugin that could not be installed, with the reason. */
export interface RefusedPlugin {
  readonly module: string;
  readonly error: ErrorRecord;
}

/** How long something took, measured since the scheduler started. */
export interface LatencySummary {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** The gauges and latencies in the answer of `scheduler.stats()`. */
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
  readonly store: {
    readonly name: string;
    readonly errors: number;
    /** How often a shared store refused something, because another node was first or its history is another one. */
    readonly conflicts: number;
  };
  readonly locks: {
    readonly name: string | null;
    readonly held: number;
    readonly errors: number;
    /** How often the backend was called. */
    readonly roundTrips: number;
  };
  /** Whether `drain()` was called: this node starts nothing any more. */
  readonly isDraining: boolean;
  readonly cluster: {
    /** The nodes that this one knows of, itself first, and what they run. */
    readonly nodes: readonly ClusterNode[];
    /** The running nodes that this one knows of. */
    readonly nodeIds: readonly string[];
    /** How far the clock of this machine is ahead of the backend's, in milliseconds; null if that was not measured. */
    readonly clockSkewMs: number | null;
    /** By how much that may be wrong at most, in milliseconds. */
    readonly clockErrorMs: number | null;
  };
  readonly plugins: { readonly loaded: number; readonly refused: readonly RefusedPlugin[] };
  readonly outcomes: OutcomeCounts;
  /** What became of the occurrences of each tenant and site for which a plugin is installed. */
  readonly tenants: readonly TenantStats[];
  /** What plugins have measured with `ctx.host.metric()`. */
  readonly metrics: readonly PluginMetric[];
  readonly supervisorHeapBytes: number;
  readonly lateness: {
    readonly tick: LatencySummary;
    readonly lock: LatencySummary;
    readonly queue: LatencySummary;
    readonly start: LatencySummary;
    readonly total: LatencySummary;
  };
}

/** Counts of one tenant and site, since the scheduler started. */
export interface TenantStats {
  readonly tenantId?: string;
  readonly siteId?: string;
  readonly outcomes: OutcomeCounts;
  /** How late its runs began: from when they were due until `run()` was called. */
  readonly lateness: { readonly count: number; readonly meanMs: number; readonly maxMs: number };
}

/** One node of the cluster, as far as another one knows. */
export interface ClusterNode {
  readonly nodeId: string;
  readonly isThisNode: boolean;
  /** `gone`: it shows no sign of life, but has runs in the shared store that are not settled yet. */
  readonly state: 'alive' | 'draining' | 'gone';
  /** How many runs it may execute at a time; 0 if it is draining or gone, null if it has not said so. */
  readonly capacity: number | null;
  /** How far the clock of its machine is ahead of the backend's, in milliseconds. Only this node's own is known. */
  readonly clockSkewMs: number | null;
  /** Its runs in progress. Null if nobody says: only a shared store knows the runs of other nodes. */
  readonly runs: readonly ClusterRun[] | null;
}

/** A run that is in progress on some node. */
export interface ClusterRun {
  readonly runId: string;
  readonly key: string;
  readonly scheduledAtMs: number;
}

/** A run that was live when the scheduler was stopped or began to drain. */
export interface StoppedRun {
  readonly runId: string;
  readonly key: string;
}

/** What became of the runs that were live when the scheduler was stopped. */
export interface StopReport {
  /** Runs that ended by themselves. */
  readonly finished: readonly StoppedRun[];
  /** Runs that ended when their signal was aborted, or that were still waiting for a thread. */
  readonly aborted: readonly StoppedRun[];
  /** Runs that ended only because their thread was terminated, or that could not be ended at all. */
  readonly killed: readonly StoppedRun[];
  /** What could not be ended in the time of a stop. Absent when everything has ended. */
  readonly notEnded?: readonly NotEnded[];
}

/** What became of the runs that were live when the scheduler began to drain. */
export interface DrainReport {
  /** Runs that have ended. */
  readonly finished: readonly StoppedRun[];
  /** Runs that were still in progress when `timeoutMs` was over, or when `stop()` gave them up. */
  readonly unfinished: readonly StoppedRun[];
}

/**
 * A part of the scheduler that a stop left behind, with the reason. While a `thread` or the `supervisor` has not ended,
 * the process may be unable to exit.
 */
export interface NotEnded {
  readonly what: 'thread' | 'pool' | 'calls' | 'cluster' | 'locks' | 'store' | 'log' | 'supervisor';
  readonly reason: string;
}

/** A run whose `run()` was called. */
export interface RunStartEvent {
  readonly runId: string;
  readonly key: string;
  readonly scheduledAtMs: number;
  readonly startedAtMs: number;
  readonly threadId: number;
  /** The trace of the trigger that started the run, as in W3C Trace Context; absent if there is none. */
  readonly traceparent?: string;
}

/** The arguments of a run's `progress()`. */
export interface RunProgressEvent {
  readonly runId: string;
  readonly key: string;
  readonly fraction: number;
  readonly note?: string;
}

/** Something that an operator should see and that is not the outcome of a run. */
export interface SchedulerWarning {
  readonly code: string;
  readonly message: string;
  readonly key?: string;
  readonly runId?: string;
  readonly error?: ErrorRecord;
}
