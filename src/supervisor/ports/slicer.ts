import type { Clock } from './clock.ts';

/** How long one turn may work before messages and the clock get theirs. */
const SLICE_MS = 4;

/** Cuts long work into slices: call `pause` between two of its steps, which waits a turn once a slice is used up. */
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
