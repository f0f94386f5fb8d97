import type { Clock } from '../ports/clock.ts';

/** How often a lasting failure is reported, and the least time between two reports. */
const REMIND_MS = 60_000;
const PAUSE_MS = 5_000;

/** Counts the failures of a lock backend, which may be thousands a second, and chooses the few that are reported. */
export class LockHealth {
  readonly #clock: Clock;
  #isFailing = false;
  #reportedAtMs = Number.NEGATIVE_INFINITY;
  errorCount = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Returns whether this failure is to be reported. */
  failed(): boolean {
    const sinceMs = this.#clock.monotonicMs() - this.#reportedAtMs;
    const isNews = sinceMs >= (this.#isFailing ? REMIND_MS : PAUSE_MS);
    this.errorCount += 1;
    this.#isFailing = true;
    if (isNews) this.#reportedAtMs = this.#clock.monotonicMs();
    return isNews;
  }

  answered(): void {
    this.#isFailing = false;
  }
}
