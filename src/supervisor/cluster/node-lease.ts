import type { Cancel, Clock } from '../ports/clock.ts';

/**
 * Until when this node may count on being known as at work by the store that nodes share. After that others may take its runs for
 * lost, so it must neither start nor go on with them. Where nothing is shared it is trusted for ever.
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
