import { type Clock, pause } from '../../supervisor/ports/clock.ts';

/** Conflicts in a row that cost no time: another node was first, and its change came with the answer. */
const FREE_COUNT = 2;
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Paces the retries of one batch. A node that meets conflict after conflict waits longer each time, so that whatever is
 * wrong does not become a thousand calls a second.
 */
export class ConflictPace {
  readonly #clock: Clock;
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Call it for each conflict. Resolves when the batch may be sent again. */
  async next(): Promise<void> {
    this.#count += 1;
    const beyond = this.#count - FREE_COUNT;
    if (beyond > 0) await pause(this.#clock, Math.min(FIRST_PAUSE_MS * 2 ** (beyond - 1), LONGEST_PAUSE_MS));
  }
}
