import type { Cancel, Clock } from '../../../supervisor/ports/clock.ts';

const PRUNE_MS = 60_000;
/** Between two slices of one pruning, so that claims go between them. */
const PAUSE_MS = 100;

export interface PrunerParts {
  readonly clock: Clock;
  /** Deletes one slice. True when more may be left. */
  readonly prune: () => Promise<boolean>;
  readonly failed: (error: unknown) => void;
}

/**
 * Prunes the history of a store that nodes share: the first of the nodes by name does, once a minute, slice after slice.
 * It has a timer of its own, because under work no look is made for its own sake.
 */
export class Pruner {
  readonly #parts: PrunerParts;
  #isFirst = false;
  #isStopped = false;
  #hasFailed = false;
  #cancel: Cancel = () => {};

  constructor(parts: PrunerParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#sleep(PAUSE_MS);
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  /** These nodes are alive. */
  saw(nodeId: string, nodeIds: readonly string[]): void {
    this.#isFirst = nodeIds.every((other) => nodeId <= other);
  }

  #sleep(delayMs: number): void {
    if (!this.#isStopped) this.#cancel = this.#parts.clock.sleep(delayMs, () => void this.#work());
  }

  async #work(): Promise<void> {
    let isMoreLeft = false;
    try {
      if (this.#isFirst) isMoreLeft = await this.#parts.prune();
      this.#hasFailed = false;
    } catch (error) {
      // Once for as long as it fails.
      if (!this.#hasFailed && !this.#isStopped) this.#parts.failed(error);
      this.#hasFailed = true;
    }
    this.#sleep(isMoreLeft ? PAUSE_MS : PRUNE_MS);
  }
}
