import type { Cancel, Clock } from '../../../ports/clock.ts';

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 5_000;

/**
 * Spaces the starts of children out while they fail, so that a flag that Node refuses, or a machine without memory, does
 * not become a loop of starts. The first child that gets ready ends it.
 */
export class StartBackoff {
  readonly #clock: Clock;
  readonly #over: () => void;
  #failureCount = 0;
  #cancel: Cancel | null = null;

  /** `over` is called when a child may be started again. */
  constructor(clock: Clock, over: () => void) {
    this.#clock = clock;
    this.#over = over;
  }

  get isHolding(): boolean {
    return this.#cancel !== null;
  }

  failed(): void {
    this.hold(Math.min(FIRST_DELAY_MS * 2 ** this.#failureCount, MAX_DELAY_MS));
    this.#failureCount += 1;
  }

  succeeded(): void {
    this.#failureCount = 0;
  }

  /** Holds starts back for a reason that is not a failure. */
  hold(delayMs: number): void {
    this.#cancel?.();
    this.#cancel = this.#clock.sleep(delayMs, () => {
      this.#cancel = null;
      this.#over();
    });
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = null;
  }
}
