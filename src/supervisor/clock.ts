/** Cancels what it was returned for; calling it again, or too late, does nothing. */
export type Cancel = () => void;

/**
 * The only source of time in the supervisor. Called from the supervisor thread only. Wall time may jump either way;
 * monotonic time never goes back and is comparable between the threads of one process.
 */
export interface Clock {
  /** Wall time: epoch milliseconds, fractional, never ahead of the system's clock. */
  nowMs(): number;
  /** Monotonic milliseconds since an arbitrary instant that all threads of the process share. */
  monotonicMs(): number;
  /** Calls `wake` once, `delayMs` from now: never early, late by what the implementation promises. */
  sleep(delayMs: number, wake: () => void): Cancel;
  /** Calls back in a later turn of the event loop, so that messages and timers get theirs. */
  defer(callback: () => void): void;
}
