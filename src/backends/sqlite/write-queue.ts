import type { LedgerEntry } from '../../machines/ledger/entries.ts';
import type { Cancel, Clock } from '../../supervisor/ports/clock.ts';

/** After this time without an answer the disk is taken for stalled. */
const STALL_MS = 10_000;
const RETRY_MS = 1_000;
/** Entries that may wait for a disk that fails: about 20 MB. */
const MAX_UNWRITTEN = 20_000;

interface Unwritten {
  readonly entry: LedgerEntry;
  /** Told once: whether it was taken, or that nobody knows. */
  settle: { resolve(isTaken: boolean): void; reject(error: Error): void } | null;
}

/** Waits until so many entries have been written. */
interface Barrier {
  readonly count: number;
  readonly open: () => void;
}

export interface WriteQueueListener {
  /** Hands a batch to the thread; answered by `written` or `failed`. */
  send(batchId: number, entries: readonly LedgerEntry[]): void;
  /** Writes work again after a failure. */
  recovered(droppedCount: number): void;
}

/** Entries that are not yet durable, in order. See `sqlite-store.ts`. */
export class WriteQueue {
  readonly #clock: Clock;
  readonly #listener: WriteQueueListener;
  #unwritten: Unwritten[] = [];
  /** How many of the first unwritten are on their way. */
  #sentCount = 0;
  #batchId = 0;
  #isFlushing = false;
  #failure: Error | null = null;
  #droppedCount = 0;
  #cancelRetry: Cancel = () => {};
  #cancelStallWatch: Cancel = () => {};
  /** How many entries have left the front of the queue, ever. */
  #writtenCount = 0;
  #barriers: Barrier[] = [];
  #isBroken = false;

  constructor(clock: Clock, listener: WriteQueueListener) {
    this.#clock = clock;
    this.#listener = listener;
  }

  /** Resolves once the entry is durable: false for a claim that was refused. */
  add(entry: LedgerEntry): Promise<boolean> {
    if (this.#failure !== null) {
      if (this.#unwritten.length < MAX_UNWRITTEN) this.#unwritten.push({ entry, settle: null });
      else this.#droppedCount += 1;
      return Promise.reject(this.#failure);
    }
    return new Promise((resolve, reject) => {
      this.#unwritten.push({ entry, settle: { resolve, reject } });
      this.#flushLater();
    });
  }

  written(batchId: number, refused: readonly number[]): void {
    if (batchId !== this.#batchId) return;
    this.#cancelStallWatch();
    const batch = this.#unwritten.splice(0, this.#sentCount);
    this.#writtenCount += batch.length;
    this.#sentCount = 0;
    const isRefused = new Set(refused);
    for (const [index, { settle }] of batch.entries()) settle?.resolve(!isRefused.has(index));
    if (this.#failure !== null) this.#recover();
    if (this.#unwritten.length > 0) this.#flushLater();
    this.#openBarriers();
  }

  failed(batchId: number, error: Error): void {
    if (batchId !== this.#batchId) return;
    this.#cancelStallWatch();
    this.#sentCount = 0;
    this.#fail(error);
    this.#cancelRetry = this.#clock.sleep(RETRY_MS, () => this.#flush());
  }

  /** There is no thread any more: nothing will be written. */
  broken(error: Error): void {
    this.close();
    this.#isBroken = true;
    this.#fail(error);
  }

  /** Resolves when all that was added until now is durable, or cannot be made so for the time being. */
  barrier(): Promise<void> {
    if (this.#unwritten.length === 0 || this.#failure !== null) return Promise.resolve();
    const count = this.#writtenCount + this.#unwritten.length;
    return new Promise((resolve) => this.#barriers.push({ count, open: resolve }));
  }

  close(): void {
    this.#cancelRetry();
    this.#cancelStallWatch();
  }

  /** What is written in one turn goes together. */
  #flushLater(): void {
    if (this.#isFlushing || this.#sentCount > 0 || this.#failure !== null) return;
    this.#isFlushing = true;
    this.#clock.defer(() => {
      this.#isFlushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#sentCount > 0 || this.#unwritten.length === 0 || this.#isBroken) return;
    this.#batchId += 1;
    this.#sentCount = this.#unwritten.length;
    this.#cancelStallWatch = this.#clock.sleep(STALL_MS, () => this.#stalled());
    this.#listener.send(
      this.#batchId,
      this.#unwritten.map(({ entry }) => entry),
    );
  }

  /** The batch stays on its way: it may be written yet, and is not sent twice. */
  #stalled(): void {
    this.#fail(new Error(`the disk did not answer for ${STALL_MS / 1_000} s`));
  }

  #fail(error: Error): void {
    this.#failure = error;
    for (const each of this.#unwritten) {
      each.settle?.reject(error);
      each.settle = null;
    }
    this.#openBarriers();
  }

  #openBarriers(): void {
    const isOpen = ({ count }: Barrier): boolean => this.#failure !== null || count <= this.#writtenCount;
    for (const barrier of this.#barriers.filter(isOpen)) barrier.open();
    this.#barriers = this.#barriers.filter((barrier) => !isOpen(barrier));
  }

  #recover(): void {
    const droppedCount = this.#droppedCount;
    this.#failure = null;
    this.#droppedCount = 0;
    this.#listener.recovered(droppedCount);
  }
}
