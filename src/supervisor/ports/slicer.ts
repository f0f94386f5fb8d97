import type { Clock } from './clock.ts';

/** How long one turn of the event loop may work before messages and the clock are handled. */
const SLICE_MS = 4;

/**
 * Cuts long work into slices, so that the thread stays responsive. Call `pause` after each step of the work: it waits
 * for the next turn of the event loop once the slice is used up.
 */
export class Slicer {
  readonly #clock: Clock;
  #untilMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#untilMs = clock.monotonicMs() + SLICE_MS;
  }

  get isUsedUp(): boolean {
    return this.#clock.monotonicMs() >= this.#untilMs;
  }

  async pause(): Promise<void> {
    if (!this.isUsedUp) return;
    await new Promise<void>((resolve) => this.#clock.defer(resolve));
    this.#untilMs = this.#clock.monotonicMs() + SLICE_MS;
  }
}
