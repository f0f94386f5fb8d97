import type { AbortReason, ErrorRecord, LogLine, RunOutcome } from '../../machines/run.ts';
import type { JsonValue } from '../../plugin.ts';
import type { PluginDeclaration, PluginSource, RunData } from '../../workers/protocol.ts';

/** Budgets of one run, all decided. `Infinity` means no limit. */
export interface RunBudget {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly heapMb: number;
  readonly graceMs: number;
}

/** A run to execute. */
export interface RunRequest {
  readonly runId: string;
  readonly source: PluginSource;
  readonly data: RunData;
  readonly budget: RunBudget;
  /** Order in the queue: lower first; equal ranks in order of arrival. Catch-ups come after all on-time runs. */
  readonly priority: number;
  readonly isCatchup: boolean;
}

/** What a run did once it entered `run()`. Instants are monotonic milliseconds, see `Clock`. */
export interface RunStart {
  /** When a thread became free for it: the end of the queue wait. After a thread that died under it, the last time. */
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
  readonly droppedLogLines: number;
  /** The thread outlived its termination (it sits in a system call): `released` is called when it exits. */
  readonly isQuarantined: boolean;
  /** The run did not stop by itself: the pool terminated its thread, or tried to. */
  readonly isTerminated: boolean;
}

/** Follows one run. All calls come from the pool, on the supervisor thread, never within `dispatch`. */
export interface RunListener {
  started(start: RunStart): void;
  logged(line: LogLine): void;
  progressed(fraction: number, note: string | undefined): void;
  /** Called exactly once. Unless quarantined, the run's code no longer executes. */
  reported(report: RunReport): void;
  /** Called once, only after a quarantined report: the thread has exited at last. */
  released(): void;
  /** Answers a call of a host function. */
  hostCall(name: string, args: readonly JsonValue[]): Promise<JsonValue | undefined>;
}

/** What a pool tells about itself without being asked. */
export interface RunPoolListener {
  /** A fault that belongs to no live run: an error left behind by a run that had ended, a thread that would not die. */
  warned(warning: PoolWarning): void;
}

/** See `RunPoolListener`. */
export interface PoolWarning {
  readonly code: 'left-over-error' | 'thread-quarantined' | 'thread-error' | 'cleanup-failed';
  readonly message: string;
  readonly runId?: string;
  readonly error?: ErrorRecord;
}

/** Gauges. */
export interface RunPoolStats {
  readonly threads: number;
  readonly running: number;
  readonly queued: number;
  readonly quarantined: number;
  readonly threadsReplaced: number;
}

/**
 * Executes runs on threads, one at a time per thread. Called from the supervisor thread only. Budgets are the pool's:
 * it aborts a run's signal at its limit, terminates the thread after the grace, and replaces it.
 */
export interface RunPool {
  /** Takes the run, or returns false when the queue is full. */
  dispatch(request: RunRequest, listener: RunListener): boolean;
  /** Tells a run to stop and terminates it after its grace; a queued run is reported `aborted` at once. Unknown ids are ignored. */
  abort(runId: string, reason: AbortReason): void;
  /** Terminates a run's thread without a grace. Unknown ids are ignored. */
  kill(runId: string, reason: AbortReason): void;
  /**
   * Loads a plugin in a pool thread and asks for its declaration. Rejects with a `PluginLoadError`, also when that takes longer
   * than `timeoutMs`, counted from when a thread is free for it: loads go before runs, and after those that execute.
   */
  load(source: PluginSource, timeoutMs: number): Promise<PluginDeclaration>;
  /** The same in a thread of its own that has imported nothing yet: it sees a module as it is now. */
  loadAfresh(source: PluginSource, timeoutMs: number): Promise<PluginDeclaration>;
  /** Replaces every thread once its run has ended, after `cleanup()` of the plugins that it had loaded. */
  recycle(): void;
  stats(): RunPoolStats;
  /** Cleans up and ends every thread in bounded time. Live runs are killed; call it when none matter. */
  close(): Promise<void>;
}
