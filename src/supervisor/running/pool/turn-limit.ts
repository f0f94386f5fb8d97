import type { Clock } from '../../ports/clock.ts';

/**
 * So many waiting tasks are handed over in one turn of the event loop. Piscina reads answers until there are none, and
 * short runs answer as fast as they are handed over: a long queue would keep the clock from ticking until it is empty.
 */
const MAX_IN_TURN = 16;

/** Counts what is done in one turn of the event loop, up to a limit. */
export class TurnLimit {
  readonly #clock: Clock;
  readonly #goOn: () => void;
  #count = 0;

  /** @param goOn Called in the turn after one in which the limit was reached. */
  constructor(clock: Clock, goOn: () => void) {
    this.#clock = clock;
    this.#goOn = goOn;
  }

  get isReached(): boolean {
    return this.#count >= MAX_IN_TURN;
  }

  count(): void {
    this.#count += 1;
    if (this.#count > 1) return;
    this.#clock.defer(() => {
      const wasReached = this.isReached;
      this.#count = 0;
      if (wasReached) this.#goOn();
    });
  }
}
