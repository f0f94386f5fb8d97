/** What the supervisor reports to the host, in answers and in events: statuses, gauges, runs and warnings. */
import type { ScheduleStateName } from '../machines/operating/schedule-lists.ts';
import type { ErrorRecord, OutcomeCounts, RunRecord } from '../machines/run.ts';
import type { Pause } from '../machines/schedule-entries.ts';
import type { MissedRunPolicy, Watch } from '../plugin.ts';
import type { PluginMetric } from './ports/plugin-metric.ts';

export type { ScheduleStateName } from '../machines/operating/schedule-lists.ts';

/** One schedule in the answer of `scheduler.schedules()`. */
export interface ScheduleStatus {
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
  /** A text for people. */
  readonly description?: string;
  /** The expression, as it was declared. */
  readonly cron: string;
  /** The IANA time zone. */
  readonly timezone: string;
  /** The longest delay of an occurrence, in milliseconds. */
  readonly jitterMs: number;
  /** What happens to missed occurrences. */
  readonly missedRunPolicy: MissedRunPolicy;
  /** What the schedule does. */
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
  /** How many runs started since the scheduler started; on all nodes since `createdAtMs`, if they share the store. */
  readonly runCount: number;
  /** How many ended in which way. */
  readonly outcomes: OutcomeCounts;
  /** How many runs failed since the last one that succeeded. */
  readonly failuresInRow: number;
  /** The newest record. */
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
  /** The module, as a URL or a package name. */
  readonly module: string;
  /** Why it was refused. */
  readonly error: ErrorRecord;
}

/** How long something took, measured since the scheduler started. */
export interface LatencySummary {
  /** How many there were. */
  readonly count: number;
  /** Half of them took no longer, in milliseconds. */
  readonly p50Ms: number;
  /** 99 of 100 took no longer, in milliseconds. */
  readonly p99Ms: number;
  /** The longest, in milliseconds. */
  readonly maxMs: number;
}

/** The gauges and latencies in the answer of `scheduler.stats()`. */
export interface SchedulerStats {
  /** The id of the node. */
  readonly nodeId: string;
  /** The threads that execute runs. */
  readonly pool: {
    readonly threads: number;
    readonly running: number;
    readonly queued: number;
    readonly quarantined: number;
    readonly threadsReplaced: number;
  };
  /** What is planned. */
  readonly queue: { readonly scheduled: number; readonly nextDueAtMs: number | null };
  /** What the clock has done. */
  readonly clock: { readonly ticks: number; readonly wakeUps: number; readonly jumps: number };
  /** What the store has done. */
  readonly store: {
    readonly name: string;
    readonly errors: number;
    /** How often a shared store refused something, because another node was first or its history is another one. */
    readonly conflicts: number;
  };
  /** What the locks have done. */
  readonly locks: {
    readonly name: string | null;
    readonly held: number;
    readonly errors: number;
    /** How often the backend was called. */
    readonly roundTrips: number;
  };
  /** Whether `drain()` was called: this node starts nothing any more. */
  readonly isDraining: boolean;
  /** The nodes that work together. */
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
  /** What is installed. */
  readonly plugins: { readonly loaded: number; readonly refused: readonly RefusedPlugin[] };
  /** How many ended in which way. */
  readonly outcomes: OutcomeCounts;
  /** What became of the occurrences of each tenant and site for which a plugin is installed. */
  readonly tenants: readonly TenantStats[];
  /** What plugins have measured with `ctx.host.metric()`. */
  readonly metrics: readonly PluginMetric[];
  /** The JavaScript heap of the supervisor thread, in bytes. */
  readonly supervisorHeapBytes: number;
  /** How late runs have started. */
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
  /** For whom the plugin is installed; absent for all. */
  readonly tenantId?: string;
  /** The site of the tenant; absent for all of them. */
  readonly siteId?: string;
  /** How many ended in which way. */
  readonly outcomes: OutcomeCounts;
  /** How late its runs began: from when they were due until `run()` was called. */
  readonly lateness: { readonly count: number; readonly meanMs: number; readonly maxMs: number };
}

/** One node of the cluster, as far as another one knows. */
export interface ClusterNode {
  /** The id of the node. */
  readonly nodeId: string;
  /** Whether it is the one that answers. */
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
  /** The id of the run. */
  readonly runId: string;
  /** The key of the schedule. */
  readonly key: string;
  /** The occurrence, before jitter, in epoch milliseconds. */
  readonly scheduledAtMs: number;
}

export type { DrainReport, NotEnded, StoppedRun, StopReport } from './observing/stop-report.ts';

/** A run whose `run()` was called. */
export interface RunStartEvent {
  /** The id of the run. */
  readonly runId: string;
  /** The key of the schedule. */
  readonly key: string;
  /** The occurrence, before jitter, in epoch milliseconds. */
  readonly scheduledAtMs: number;
  /** When it started, in epoch milliseconds. */
  readonly startedAtMs: number;
  /** The thread that executes it, or the id of the process. */
  readonly threadId: number;
  /** The trace of the trigger that started the run, as in W3C Trace Context; absent if there is none. */
  readonly traceparent?: string;
}

/** The arguments of a run's `progress()`. */
export interface RunProgressEvent {
  /** The id of the run. */
  readonly runId: string;
  /** The key of the schedule. */
  readonly key: string;
  /** How far the run is, in [0, 1]. */
  readonly fraction: number;
  /** What the run says of it. */
  readonly note?: string;
}

/** Something that an operator should see and that is not the outcome of a run. */
export interface SchedulerWarning {
  /** A stable word for it. */
  readonly code: string;
  /** A sentence for people. */
  readonly message: string;
  /** The schedule that it concerns, if it is one. */
  readonly key?: string;
  /** The run that it concerns, if it is one. */
  readonly runId?: string;
  /** What went wrong. */
  readonly error?: ErrorRecord;
}
