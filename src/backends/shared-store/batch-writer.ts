import { type Clock, pause } from '../../supervisor/ports/clock.ts';
import type { FoldedBatch, SharedBackend, WriteVerdict } from './shared-backend.ts';

/** How long to wait before a database that failed is asked again. */
export const RETRY_MS = 1_000;
/**
 * How far to jump when a batch number was already used: further each time, because the clock that the numbers began with
 * may have been years ahead once.
 */
const NUMBER_LEAP = 1_000_000;

/**
 * Writes batches under growing numbers. When nobody knows whether a batch was written, its number is burnt: then it is
 * written already, or never will be.
 */
export class BatchWriter {
  readonly #clock: Clock;
  readonly #backend: SharedBackend;
  /** Of the last batch. Begins above the numbers of an earlier supervisor thread of this node. */
  #number: number;
  #leap = NUMBER_LEAP;
  #isClosed = false;

  constructor(clock: Clock, backend: SharedBackend) {
    this.#clock = clock;
    this.#backend = backend;
    this.#number = Math.floor(clock.nowMs());
  }

  /** Rejects when nobody knows whether the batch was written: ask `burn`. Or with an `UnwritableBatchError`. */
  async write(batch: Omit<FoldedBatch, 'number'>): Promise<WriteVerdict> {
    this.#number += 1;
    const verdict = await this.#backend.write({ ...batch, number: this.#number });
    if (verdict.kind === 'late') {
      this.#number += this.#leap;
      this.#leap *= 2;
    }
    return verdict;
  }

  /** Resolves once it is certain whether the last batch was written. Null: the writer was closed before. */
  async burn(): Promise<boolean | null> {
    while (!this.#isClosed) {
      try {
        return await this.#backend.burn(this.#number);
      } catch {
        await pause(this.#clock, RETRY_MS);
      }
    }
    return null;
  }

  close(): void {
    this.#isClosed = true;
  }
}
