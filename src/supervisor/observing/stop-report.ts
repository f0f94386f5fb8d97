/** A run that was live when the scheduler was stopped or began to drain. */
export interface StoppedRun {
  /** The id of the run. */
  readonly runId: string;
  /** The key of the schedule. */
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
  /** What did not end. */
  readonly what: 'thread' | 'pool' | 'calls' | 'cluster' | 'locks' | 'store' | 'log' | 'supervisor';
  /** Why, for people. */
  readonly reason: string;
}
