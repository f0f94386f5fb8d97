import type { Cancel, Clock } from '../ports/clock.ts';

/** The least time between two exchanges with a backend that fails. */
const PAUSE_MS = 250;

/**
 * Keeps the calls few that a backend gets which is away, however many schedules ask again. After two failures in a row
 * exchanges go out a pause apart, each with everything that has been asked meanwhile. One failure changes nothing: it may
 * have been the connection, and the next call makes another one.
 */
export class ExchangePace {
  readonly #clock: Clock;
  readonly #resume: () => void;
  #isFailing = false;
  #isClosed = false;
  /** Monotonic milliseconds. */
  #nextAtMs = Number.NEGATIVE_INFINITY;
  #cancel: Cancel | null = null;

  /** @param resume Called when an exchange that had to wait may go out. */
  constructor(clock: Clock, resume: () => void) {
    this.#clock = clock;
    this.#resume = resume;
  }

  /** Whether an exchange that is to go out now has to wait. */
  mustWait(): boolean {
    const waitMs = this.#nextAtMs - this.#clock.monotonicMs();
    if (waitMs <= 0 || this.#isClosed) return false;
    this.#cancel ??= this.#clock.sleep(waitMs, () => this.#end());
    return true;
  }

  answered(): void {
    this.#isFailing = false;
  }

  /** @param sentAtMs When the exchange went out, monotonic milliseconds. */
  failed(sentAtMs: number): void {
    if (this.#isFailing) this.#nextAtMs = sentAtMs + PAUSE_MS;
    this.#isFailing = true;
  }

  /** What waits goes out now. Nothing waits any more. */
  close(): void {
    this.#isClosed = true;
    if (this.#cancel !== null) this.#end();
  }

  #end(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#resume();
  }
}
