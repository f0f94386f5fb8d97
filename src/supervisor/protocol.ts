/**
 * What the host thread and the supervisor thread say to each other: requests by id and their answers, events, calls of
 * host functions, each a plain object that names its kind.
 */
import type { Explanation } from '../machines/explain.ts';
import type { HistoryQuery, HistoryRecord } from '../machines/history.ts';
import type { LedgerEntry, LedgerSnapshot } from '../machines/ledger.ts';
import type { Decision, ErrorRecord, OutcomeCounts, RunRecord } from '../machines/run.ts';
import type { Pause } from '../machines/schedule-state.ts';
import type { Budget, JsonValue, MissedRunPolicy } from '../plugin.ts';
import type { WireFault } from '../wire/error-transfer.ts';

/** A store or lock backend, to be built in its own thread: a module with a factory, and the factory's argument. */
export interface BackendDescription {
  /** `builtin:…`, or a `file:` URL or package whose default export is `(options) => backend`. */
  readonly module: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** A plugin to install. `module` is a `file:` URL or a bare package specifier. */
export interface PluginReference {
  readonly module: string;
  readonly resolveFrom: string;
  readonly tenantId?: string;
  readonly siteId?: string;
  readonly options: JsonValue | null;
}

/** The pool's size and the limits of its threads. */
export interface PoolConfig {
  readonly minThreads: number;
  readonly maxThreads: number;
  readonly maxQueue: number;
  readonly niceIncrement: number;
  readonly resourceLimits: Readonly<Record<string, number>>;
  readonly env: Readonly<Record<string, string>> | null;
  readonly loadTimeoutMs: number;
}

/** What pino is given; only what can cross a thread. */
export interface LogConfig {
  readonly level: string;
  /** A file descriptor or a file's path. */
  readonly destination: number | string;
  readonly redact: readonly string[];
}

/** Everything the supervisor thread is started with. */
export interface SupervisorConfig {
  readonly nodeId: string;
  /** New for every scheduler; supervisor threads that follow each other share it. */
  readonly incarnationId: string;
  readonly plugins: readonly PluginReference[];
  readonly onPluginError: 'throw' | 'continue';
  /** Plugins are loaded and checked, and nothing ever falls due. */
  readonly isDryRun: boolean;
  readonly timezone: string;
  readonly pool: PoolConfig;
  readonly budget: Required<Budget>;
  readonly store: BackendDescription;
  readonly locking: BackendDescription | null;
  readonly isCluster: boolean;
  readonly log: LogConfig;
  readonly hostFunctions: readonly string[];
}

/** What a supervisor thread is handed when it starts. */
export interface SupervisorThreadData {
  readonly config: SupervisorConfig;
  /** What the previous supervisor thread knew, when this one takes over from it. */
  readonly takeover: Takeover | null;
  /** One counter that the supervisor increments at every wake-up of its clock. */
  readonly heartbeat: SharedArrayBuffer;
}

/** The engine's state as the host thread has heard it. */
export interface Takeover {
  readonly ledger: LedgerSnapshot;
  readonly plugins: readonly PluginReference[];
}

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

/** Sent by the supervisor thread, in batches of one turn of its event loop; received by the host thread. */
export type SupervisorEvent =
  | { readonly type: 'run-start'; readonly event: RunStartEvent }
  | { readonly type: 'progress'; readonly event: RunProgressEvent }
  | { readonly type: 'run'; readonly event: RunRecord }
  | { readonly type: 'decision'; readonly event: Decision }
  | { readonly type: 'warning'; readonly event: SchedulerWarning }
  /** What is installed now. */
  | { readonly type: 'plugins'; readonly event: readonly PluginReference[] }
  /** What the memory store wrote. */
  | { readonly type: 'ledger'; readonly event: LedgerEntry };

/** What the host may ask: one entry a request, with its argument and its answer. */
export interface SupervisorRequests {
  start(params: null): { readonly refused: readonly RefusedPlugin[] };
  stop(params: { readonly drainMs: number }): StopReport;
  schedules(params: null): readonly ScheduleStatus[];
  history(params: HistoryQuery): readonly HistoryRecord[];
  explain(params: { readonly key: string; readonly atMs: number }): Explanation;
  stats(params: null): SchedulerStats;
  trigger(params: { readonly key: string }): { readonly runId: string };
  pause(params: { readonly key: string; readonly note?: string }): null;
  resume(params: { readonly key: string }): null;
  install(params: PluginReference): { readonly keys: readonly string[] };
  reload(params: { readonly name: string }): { readonly keys: readonly string[] };
  uninstall(params: { readonly name: string }): null;
}

export type SupervisorMethod = keyof SupervisorRequests;
export type SupervisorParams<M extends SupervisorMethod> = Parameters<SupervisorRequests[M]>[0];
export type SupervisorResult<M extends SupervisorMethod> = ReturnType<SupervisorRequests[M]>;

/** Sent by the host thread, received by the supervisor thread. */
export type ToSupervisor =
  | {
      [M in SupervisorMethod]: {
        readonly kind: 'request';
        readonly id: number;
        readonly method: M;
        readonly params: SupervisorParams<M>;
      };
    }[SupervisorMethod]
  | { readonly kind: 'host.answered'; readonly callId: number; readonly value: JsonValue | undefined }
  | { readonly kind: 'host.failed'; readonly callId: number; readonly error: ErrorRecord };

/** Sent by the supervisor thread, received by the host thread. */
export type FromSupervisor =
  | { readonly kind: 'answered'; readonly id: number; readonly result: SupervisorResult<SupervisorMethod> }
  | { readonly kind: 'refused'; readonly id: number; readonly fault: WireFault }
  | { readonly kind: 'events'; readonly events: readonly SupervisorEvent[] }
  | {
      readonly kind: 'host.called';
      readonly callId: number;
      readonly name: string;
      readonly args: readonly JsonValue[];
    };
