/** Cancels the sleep that returned it. Calling it again, or too late, does nothing. */
export type Cancel = () => void;

/** One instant, read from both clocks. */
export interface Instant {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/** Resolves when `delayMs` have passed, or a little later. */
export function pause(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => clock.sleep(delayMs, resolve));
}

/**
 * The only source of time in the supervisor. Called from the supervisor thread only. Wall time may jump either way;
 * monotonic time never goes back and is comparable between the threads of one process.
 */
export interface Clock {
  /** Wall time: epoch milliseconds, fractional, never ahead of the system's clock. */
  nowMs(): number;
  /** Both clocks, read at one instant. */
  read(): Instant;
  /** Monotonic milliseconds since an arbitrary instant that all threads of the process share. */
  monotonicMs(): number;
  /** Calls `wake` once, when `delayMs` have passed or a little later. */
  sleep(delayMs: number, wake: () => void): Cancel;
  /**
   * Like `sleep`, for callers that wait for an instant of wall time. It may wake early, for example when the wall clock
   * is set, so the caller compares the instant with `nowMs()` again. The caller sleeps `maxSleepMs` at a time at most.
   */
  sleepByWall(delayMs: number, wake: () => void): Cancel;
  /** Longest sleep towards an instant of wall time, and so the longest that a step of the wall clock goes unnoticed. */
  readonly maxSleepMs: number;
  /** How much of a sleep to spend in `waitOut`, because timers are not exact. 0 for a clock whose timers are. */
  readonly tailMs: number;
  /** Blocks the thread for `restMs`, a few milliseconds at most. More exact than a timer. */
  waitOut(restMs: number): void;
  /** Calls back in a later turn of the event loop, so that messages and timers are handled first. */
  defer(callback: () => void): void;
}
