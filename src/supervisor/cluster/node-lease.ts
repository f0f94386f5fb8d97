import type { Cancel, Clock } from '../ports/clock.ts';

/**
 * How long the shared store is certain to count this node as alive. After that, other nodes may take its runs for lost,
 * so it must neither start nor continue them. A node that shares no store is always trusted.
 */
export class NodeLease {
  readonly #clock: Clock;
  readonly #onExpired: () => void;
  #untilMs: number;
  #cancel: Cancel = () => {};

  constructor(clock: Clock, isShared: boolean, onExpired: () => void) {
    this.#clock = clock;
    this.#untilMs = isShared ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    this.#onExpired = onExpired;
  }

  /** @param untilMs Monotonic milliseconds. */
  extend(untilMs: number): void {
    if (untilMs <= this.#untilMs) return;
    this.#untilMs = untilMs;
    this.#cancel();
    this.#cancel = this.#clock.sleep(Math.max(untilMs - this.#clock.monotonicMs(), 0), this.#onExpired);
  }

  isTrusted(): boolean {
    return this.#clock.monotonicMs() < this.#untilMs;
  }

  close(): void {
    this.#cancel();
  }
}
