import { reasonOf } from '../../wire/error-record.ts';
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
  /** The last failure, and when the first of its row was, epoch milliseconds. */
  #last = { reason: '', sinceMs: 0, atMonotonicMs: 0 };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Why the backend fails, and since when; null if it has answered, or has not been heard of for a while. */
  get failing(): { readonly reason: string; readonly sinceMs: number } | null {
    const { reason, sinceMs, atMonotonicMs } = this.#last;
    const isLately = this.#clock.monotonicMs() - atMonotonicMs < REMIND_MS;
    return this.#isFailing && isLately ? { reason, sinceMs } : null;
  }

  /** Returns whether this failure is to be reported. */
  failed(error: unknown): boolean {
    const { wallMs, monotonicMs: atMonotonicMs } = this.#clock.read();
    const reason = reasonOf(error).replace(/\.$/, '');
    this.#last = { reason, atMonotonicMs, sinceMs: this.failing?.sinceMs ?? wallMs };
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
