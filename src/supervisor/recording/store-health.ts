import { reasonOf } from '../../wire/error-record.ts';
import type { Clock } from '../ports/clock.ts';
import type { SchedulerWarning } from '../scheduler-reports.ts';

/** How often a lasting failure is repeated. */
const REMIND_MS = 60_000;

/** Turns a store's failures, which may be thousands a second, into a few warnings: when they begin, last, and end. */
export class StoreHealth {
  readonly #clock: Clock;
  readonly #name: string;
  readonly #warn: (warning: SchedulerWarning) => void;
  /** Why the last write failed, and since when writes do, epoch milliseconds; null if it did not fail. */
  failure: { readonly reason: string; readonly sinceMs: number } | null = null;
  /** Writes that failed since one succeeded. */
  #failureCount = 0;
  #warnedAtMs = 0;

  constructor(clock: Clock, name: string, warn: (warning: SchedulerWarning) => void) {
    this.#clock = clock;
    this.#name = name;
    this.#warn = warn;
  }

  /** Whether the last write failed. */
  get isFailing(): boolean {
    return this.failure !== null;
  }

  failed(error: unknown): void {
    const reason = reasonOf(error).replace(/\.$/, '');
    this.failure = { reason, sinceMs: this.failure?.sinceMs ?? this.#clock.nowMs() };
    this.#failureCount += 1;
    const nowMs = this.#clock.monotonicMs();
    if (this.#failureCount > 1 && nowMs - this.#warnedAtMs < REMIND_MS) return;
    this.#warnedAtMs = nowMs;
    const since = this.#failureCount === 1 ? '' : ` (${this.#failureCount} writes so far)`;
    this.#warn({
      code: 'store-failed',
      message: `Store "${this.#name}" failed${since}: ${reason}. Schedules go on; what happens now may not survive the process.`,
    });
  }

  /** Call it for an answer while `isFailing`. */
  recovered(): void {
    const count = this.#failureCount;
    this.#failureCount = 0;
    this.failure = null;
    this.#warn({
      code: 'store-recovered',
      message: `Store "${this.#name}" works again, after ${count} failed writes.`,
    });
  }
}
