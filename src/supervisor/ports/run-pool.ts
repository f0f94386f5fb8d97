import type { AbortReason, ErrorRecord, LogLine, RunOutcome } from '../../machines/run.ts';
import type { JsonValue } from '../../plugin.ts';
import type { LoadedPlugin, PluginSource, RunData } from '../../workers/protocol.ts';

/** Budgets of one run, with every default filled in. `Infinity` means no limit. */
export interface RunBudget {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly heapMb: number;
  readonly graceMs: number;
  /** The instructions that a WASM guest may execute. */
  readonly fuel: number;
}

/** A run to execute. */
export interface RunRequest {
  readonly runId: string;
  /** The key of the schedule. */
  readonly key: string;
  readonly source: PluginSource;
  readonly data: RunData;
  readonly budget: RunBudget;
  /**
   * Runs with a lower number start first. Among equals, tenants take turns; among the runs of a tenant, the time at which
   * they were handed over counts, and for a moment `untilNextMs`. Catch-ups start after all on-time runs.
   */
  readonly priority: number;
  readonly isCatchup: boolean;
  /** It was planned when there was room for it, and is taken also if the queue has filled up since. Default false. */
  readonly hasPlace?: boolean;
  /**
   * How long it is until its schedule falls due again, in milliseconds. A run that still waits then is overlapped.
   * Absent: for ever.
   */
  readonly untilNextMs?: () => number;
  /**
   * Whether the run may still start. Asked when it leaves the queue: if not, it ends as `lock-lost`. A process that was
   * stopped takes up its queue before its timers tell it that its locks have expired. Absent: always.
   */
  readonly mayStart?: () => boolean;
}

/** How a run got to `run()`. Instants are monotonic milliseconds, see `Clock`. */
export interface RunStart {
  /**
   * When a thread became free for the run: the end of its wait in the queue. The last time, if a thread died under it.
   */
  readonly dispatchedAtMonotonicMs: number;
  readonly startedAtMonotonicMs: number;
  readonly threadId: number;
}

/** How a run ended. */
export interface RunReport {
  readonly outcome: RunOutcome;
  readonly error?: ErrorRecord;
  /** Absent when `run()` was never called. */
  readonly start?: RunStart;
  readonly finishedAtMonotonicMs: number;
  readonly cpuMs?: number;
  /** The instructions that a WASM guest executed. */
  readonly fuel?: number;
  /** The most that its thread was seen to hold, in bytes: at its end, or at the last look before. Absent if unknown. */
  readonly heldBytes?: number;
  readonly droppedLogLines: number;
  /** The thread outlives its termination, because it sits in a system call. `released` is called when it exits. */
  readonly isQuarantined: boolean;
  /** The run did not stop by itself: the pool terminated its thread, or tried to. */
  readonly isTerminated: boolean;
}

/** Follows one run. The pool calls it on the supervisor thread, and never before `dispatch` has returned. */
export interface RunListener {
  started(start: RunStart): void;
  /** The queue was full, and the run gave its room to another one, see `dispatch`. It was never started. */
  rejected(): void;
  logged(line: LogLine): void;
  progressed(fraction: number, note: string | undefined): void;
  /** Called exactly once, unless the run was rejected. Unless quarantined, the run's code no longer executes. */
  reported(report: RunReport): void;
  /** Called once, and only after a report that says `isQuarantined`: the thread has exited at last. */
  released(): void;
  /** Answers a call of a host function. A rejection is thrown in the plugin. */
  hostCall(name: string, args: readonly JsonValue[]): Promise<JsonValue | undefined>;
}

/** Hears of faults in the pool itself. */
export interface RunPoolListener {
  /**
   * Called for a fault that belongs to no live run, such as an error after the end of its run, or a thread that hangs.
   */
  warned(warning: PoolWarning): void;
}

/** See `RunPoolListener`. */
export interface PoolWarning {
  readonly code:
    | 'left-over-error'
    | 'thread-soiled'
    | 'thread-quarantined'
    | 'thread-error'
    | 'message-refused'
    | 'memory-limit'
    | 'cleanup-failed';
  readonly message: string;
  /** The schedule and the run that it is about, or that caused it. */
  readonly key?: string;
  readonly runId?: string;
  readonly error?: ErrorRecord;
}

/** Which schedule asks: its installation may have a share of the threads. */
export type PoolUser = Pick<RunRequest, 'key' | 'source'>;

/** How full a pool is for one of its users. All are counts. */
export interface PoolPlaces {
  /** Runs and loads that occupy a thread, and runs that wait for one. */
  readonly taken: number;
  /** Runs that wait for the user's share of the threads. Those of other shares are in nobody's way. */
  readonly held: number;
  /** Like `taken`, with the runs that wait for any share. */
  readonly all: number;
  /** How many threads there may be at most. */
  readonly threads: number;
  /** How many runs may wait for a thread. */
  readonly maxQueue: number;
}

/** What a pool is doing now. All are counts. */
export interface RunPoolStats {
  readonly threads: number;
  /** Runs and loads that occupy a thread. */
  readonly running: number;
  readonly queued: number;
  /** Threads that do not exit although they were terminated. */
  readonly quarantined: number;
  /** Threads that have exited and were replaced since the pool was made. */
  readonly threadsReplaced: number;
}

/**
 * Executes runs on threads, one at a time per thread. Called from the supervisor thread only. The pool keeps the
 * budgets: it aborts a run's signal at its limit, terminates the thread after the grace, and replaces it.
 */
export interface RunPool {
  /**
   * Takes the run, or returns false when the queue is full and the run has no place. In a full queue the tenant with the
   * most runs gives way to one with fewer: the run that would be its last is rejected. Of the same tenant, a run that waits
   * for its share gives way to one that need not.
   */
  dispatch(request: RunRequest, listener: RunListener): boolean;
  /** Whether the run has left the queue: it has a thread, or one starts for it. False for unknown ids. */
  hasThread(runId: string): boolean;
  /** Has the listener hear now that the run was begun, if it was and that is still on its way. Ignores unknown ids. */
  look(runId: string): void;
  /**
   * Aborts a run's signal, and terminates its thread after the grace. A queued run is reported `aborted` without a
   * start. Ignores unknown ids.
   */
  abort(runId: string, reason: AbortReason): void;
  /** Terminates a run's thread without a grace. Ignores unknown ids. */
  kill(runId: string, reason: AbortReason): void;
  /**
   * Loads a plugin in a pool thread and asks for its declaration, and for its code if threads can share that. Rejects with a `PluginLoadError`, also when that
   * takes longer than `timeoutMs`, counted from when a thread is free for it. Loads are started before all queued runs.
   */
  load(source: PluginSource, timeoutMs: number): Promise<LoadedPlugin>;
  /**
   * The same in new threads, which have imported nothing yet and so see the modules as they are on disk now. They are as
   * many as the pool has, at most. What is resolved has the order of the sources.
   */
  loadAfresh(sources: readonly PluginSource[], timeoutMs: number): Promise<LoadedPlugin>[];
  /**
   * Has the workers that loaded a sealed plugin clean it up and forget it, once its last run has ended. The workers stay.
   * Of another plugin nothing is forgotten, because a worker keeps what it imported.
   */
  unload(source: PluginSource): void;
  /**
   * Replaces every thread once its run has ended, and calls `cleanup()` of the plugins that the thread has loaded. With a
   * source, only the threads, or processes, in which such a plugin executes.
   */
  recycle(source?: PluginSource): void;
  /** How full the pool is in which runs of that schedule execute. */
  places(user: PoolUser): PoolPlaces;
  stats(): RunPoolStats;
  /** Kills live runs, cleans up, and ends every thread in bounded time. After that `dispatch` returns false. */
  close(): Promise<void>;
}
