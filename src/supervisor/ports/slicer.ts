import type { Clock } from './clock.ts';

/** How long one turn of the event loop may work before messages and the clock are handled. */
const SLICE_MS = 2;

/** After how many short steps the clock is read. A step takes some microseconds, and reading the clock a tenth of that. */
const STEPS_A_LOOK = 16;

/**
 * Cuts long work into slices, so that the thread stays responsive. Call `pause` after each step of the work: it waits
 * for the next turn of the event loop once the slice is used up.
 */
export class Slicer {
  readonly #clock: Clock;
  #untilMs: number;
  #steps = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#untilMs = clock.monotonicMs() + SLICE_MS;
  }

  get isUsedUp(): boolean {
    return this.#clock.monotonicMs() >= this.#untilMs;
  }

  /** Whether to pause after one of very many short steps. */
  step(): boolean {
    this.#steps += 1;
    return this.#steps % STEPS_A_LOOK === 0 && this.isUsedUp;
  }

  async pause(): Promise<void> {
    if (!this.isUsedUp) return;
    await new Promise<void>((resolve) => this.#clock.defer(resolve));
    this.#untilMs = this.#clock.monotonicMs() + SLICE_MS;
  }
}
