import { type HeapEntry, IndexedHeap } from '../../machines/indexed-heap.ts';

/** Something that falls due at an instant. */
export interface DueEntry extends HeapEntry {
  /** Wall time, epoch milliseconds. Only `DueQueue.set` may change it while the entry is queued. */
  dueAtMs: number;
}

/** Schedules by the instant at which they fall due next. Entries that fall due together come out in any order. */
export class DueQueue<E extends DueEntry> {
  readonly #heap = new IndexedHeap<E>((a, b) => a.dueAtMs < b.dueAtMs);

  get size(): number {
    return this.#heap.size;
  }

  /** The earliest instant at which an entry falls due; Infinity when the queue is empty. */
  get nextDueAtMs(): number {
    return this.#heap.first?.dueAtMs ?? Number.POSITIVE_INFINITY;
  }

  /** Queues the entry, or moves it when it is already queued. */
  set(entry: E, dueAtMs: number): void {
    entry.dueAtMs = dueAtMs;
    if (entry.heapIndex === -1) this.#heap.add(entry);
    else this.#heap.update(entry);
  }

  /** Takes the entry out. Does nothing when it is not queued. */
  remove(entry: E): void {
    this.#heap.remove(entry);
  }

  /** Takes out every entry that is due at `nowMs`, the earliest first. */
  takeDue(nowMs: number): E[] {
    const due: E[] = [];
    for (let { first } = this.#heap; first !== undefined && first.dueAtMs <= nowMs; { first } = this.#heap) {
      this.#heap.remove(first);
      due.push(first);
    }
    return due;
  }
}
