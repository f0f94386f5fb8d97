import type { ClockReading } from '../../../machines/cluster-time/clock-offset.ts';
import { busyMs } from './look-pace.ts';

/** How long a node must look gone. */
const CONFIRM_MS = 1_000;
/** Less than what makes a node look gone that shows signs of life as it should. */
const TOLERATED_MS = 1_000;

/**
 * Says how long to wait before a node that looks gone counts as gone. When the database's clock is set ahead, every node
 * looks gone until it shows its next sign of life.
 */
export class ClockJumps {
  readonly #ttlMs: number;
  /** The most by which the database's clock can have been ahead of the monotonic one at the last reading. */
  #aheadMs = Number.POSITIVE_INFINITY;
  #cautiousUntilMs = Number.NEGATIVE_INFINITY;

  constructor(ttlMs: number) {
    this.#ttlMs = ttlMs;
  }

  /** Takes a reading in, and returns how long a node must look gone that does so now, in milliseconds. */
  confirmMs({ nowMs, askedAtMonotonicMs, answeredAtMonotonicMs }: ClockReading): number {
    const isSetAhead = nowMs - answeredAtMonotonicMs > this.#aheadMs + TOLERATED_MS;
    this.#aheadMs = nowMs - askedAtMonotonicMs;
    if (isSetAhead) this.#cautiousUntilMs = answeredAtMonotonicMs + this.#ttlMs;
    const isCautious = answeredAtMonotonicMs < this.#cautiousUntilMs;
    return CONFIRM_MS + (isCautious ? busyMs(this.#ttlMs) : 0);
  }
}
