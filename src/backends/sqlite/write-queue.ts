import type { StoreEntry } from '../../machines/ledger/entries.ts';
import type { Cancel, Clock } from '../../supervisor/ports/clock.ts';
import type { WriteAnswer } from '../../supervisor/ports/store.ts';
import { UnwrittenEntries, type UnwrittenEntry } from '../batching/unwritten-entries.ts';

/** After this time without an answer the disk counts as stalled. */
const STALL_MS = 10_000;
const RETRY_MS = 1_000;

export interface WriteQueueListener {
  /** Hands a batch to the thread, which answers with `written` or `failed`. */
  send(batchId: number, entries: readonly StoreEntry[]): void;
  /** Writes work again after a failure. */
  recovered(droppedCount: number): void;
}

/**
 * Entries on their way to the store thread. One batch is on its way at a time; what is added meanwhile makes up the
 * next one. A batch that failed is sent again every second, with all that was added since. Until that works every write
 * rejects at once, so that no schedule waits for a disk. What plugins keep is not sent again. A disk that does not answer for `STALL_MS` fails too, but its
 * batch is not sent again: it may be written yet.
 */
export class WriteQueue {
  readonly #clock: Clock;
  readonly #listener: WriteQueueListener;
  readonly #unwritten = new UnwrittenEntries<StoreEntry>();
  /** What is on its way: the first of the unwritten entries. */
  #batch: readonly UnwrittenEntry<StoreEntry>[] = [];
  #batchId = 0;
  #isFlushing = false;
  #isBroken = false;
  #cancelRetry: Cancel = () => {};
  #cancelStallWatch: Cancel = () => {};

  constructor(clock: Clock, listener: WriteQueueListener) {
    this.#clock = clock;
    this.#listener = listener;
  }

  /** Resolves once the entry is durable, or was refused. */
  add(entry: StoreEntry): Promise<WriteAnswer> {
    const written = this.#unwritten.add(entry);
    this.#flushLater();
    return written;
  }

  /** @param refused Places in the batch. */
  written(batchId: number, refused: readonly number[]): void {
    if (batchId !== this.#batchId) return;
    this.#cancelStallWatch();
    const isRefused = new Set(refused);
    for (const [place, each] of this.#batch.entries()) each.answer({ isTaken: !isRefused.has(place) });
    this.#unwritten.remove(this.#batch);
    this.#batch = [];
    if (this.#unwritten.failure !== null) this.#recover();
    this.#flushLater();
  }

  failed(batchId: number, error: Error): void {
    if (batchId !== this.#batchId) return;
    this.#cancelStallWatch();
    this.#batch = [];
    this.#unwritten.fail(error);
    this.#cancelRetry = this.#clock.sleep(RETRY_MS, () => this.#flush());
  }

  /** The thread has died: nothing will be written any more. */
  broken(error: Error): void {
    this.close();
    this.#isBroken = true;
    this.#unwritten.fail(error);
  }

  /** Resolves when all that was added until now is durable, or cannot be made so for the time being. */
  barrier(): Promise<void> {
    return this.#unwritten.barrier();
  }

  close(): void {
    this.#cancelRetry();
    this.#cancelStallWatch();
  }

  /** Entries that are added in one turn go together. */
  #flushLater(): void {
    const { size, failure } = this.#unwritten;
    if (this.#isFlushing || this.#batch.length > 0 || size === 0 || failure !== null) return;
    this.#isFlushing = true;
    this.#clock.defer(() => {
      this.#isFlushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#batch.length > 0 || this.#isBroken) return;
    if (this.#unwritten.size === 0) {
      // What has failed is not sent again, so the next write finds out whether writes work.
      this.#unwritten.recover();
      return;
    }
    this.#batchId += 1;
    this.#batch = this.#unwritten.all();
    this.#cancelStallWatch = this.#clock.sleep(STALL_MS, () => this.#stalled());
    this.#listener.send(
      this.#batchId,
      this.#batch.map(({ entry }) => entry),
    );
  }

  #stalled(): void {
    this.#unwritten.fail(new Error(`the disk did not answer for ${STALL_MS / 1_000} s`));
  }

  #recover(): void {
    this.#unwritten.recover();
    this.#listener.recovered(this.#unwritten.takeDroppedCount());
  }
}
