/** Cancels what it was returned for; calling it again, or too late, does nothing. */
export type Cancel = () => void;

/** One instant by both clocks. */
export interface Instant {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/** Reads both clocks at once. */
export function readInstant(clock: Clock): Instant {
  return { wallMs: clock.nowMs(), monotonicMs: clock.monotonicMs() };
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
  /** Monotonic milliseconds since an arbitrary instant that all threads of the process share. */
  monotonicMs(): number;
  /** Calls `wake` once, when `delayMs` have passed or a little later. */
  sleep(delayMs: number, wake: () => void): Cancel;
  /**
   * The same for who waits for an instant by the wall clock, and looks at it again when woken: it may wake earlier. Who
   * calls it sleeps `maxSleepMs` at a time, at most.
   */
  sleepByWall(delayMs: number, wake: () => void): Cancel;
  /** Longest sleep towards an instant by the wall clock: so late a step of it is noticed. */
  readonly maxSleepMs: number;
  /** How much of a sleep is better waited out than slept, because a timer is not exact: 0 where timers are. */
  readonly tailMs: number;
  /** Blocks the thread for `restMs`, a few milliseconds at the most, and returns with a precision that timers lack. */
  waitOut(restMs: number): void;
  /** Calls back in a later turn of the event loop, so that messages and timers get theirs. */
  defer(callback: () => void): void;
}
