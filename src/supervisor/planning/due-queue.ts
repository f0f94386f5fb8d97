/** An entry's place in the queue. Owned by the queue; an entry is in at most one queue. */
export interface DueEntry {
  /** Wall time, epoch milliseconds. Change it only through `DueQueue.set`. */
  dueAtMs: number;
  /** Index in the heap, or -1 when it is not queued. */
  heapIndex: number;
}

/**
 * Schedules by the instant at which they fall due next: a binary heap in which every entry knows its index, so that
 * moving or removing one of a hundred thousand costs a logarithm. Entries that fall due together come out in any order.
 */
export class DueQueue<E extends DueEntry> {
  readonly #heap: E[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** The earliest instant at which an entry falls due; Infinity when the queue is empty. */
  get nextDueAtMs(): number {
    return this.#heap[0]?.dueAtMs ?? Number.POSITIVE_INFINITY;
  }

  /** Queues the entry, or moves it when it is queued already. */
  set(entry: E, dueAtMs: number): void {
    if (entry.heapIndex === -1) {
      entry.heapIndex = this.#heap.length;
      this.#heap.push(entry);
    }
    entry.dueAtMs = dueAtMs;
    this.#settle(entry);
  }

  /** Takes the entry out; one that is not queued is left alone. */
  remove(entry: E): void {
    const index = entry.heapIndex;
    if (index === -1) return;
    entry.heapIndex = -1;
    const last = this.#heap.pop() as E;
    if (last === entry) return;
    this.#place(last, index);
    this.#settle(last);
  }

  /** Takes out every entry that is due at `nowMs`. */
  takeDue(nowMs: number): E[] {
    const due: E[] = [];
    while (this.nextDueAtMs <= nowMs) {
      const entry = this.#heap[0] as E;
      this.remove(entry);
      due.push(entry);
    }
    return due;
  }

  #settle(entry: E): void {
    this.#siftUp(entry);
    this.#siftDown(entry);
  }

  #siftUp(entry: E): void {
    let index = entry.heapIndex;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = this.#heap[parentIndex] as E;
      if (parent.dueAtMs <= entry.dueAtMs) break;
      this.#place(parent, index);
      index = parentIndex;
    }
    this.#place(entry, index);
  }

  #siftDown(entry: E): void {
    let index = entry.heapIndex;
    for (;;) {
      const child = this.#earlierChild(index);
      if (child === undefined || child.dueAtMs >= entry.dueAtMs) break;
      const childIndex = child.heapIndex;
      this.#place(child, index);
      index = childIndex;
    }
    this.#place(entry, index);
  }

  #earlierChild(index: number): E | undefined {
    const left = this.#heap[2 * index + 1];
    const right = this.#heap[2 * index + 2];
    return right !== undefined && left !== undefined && right.dueAtMs < left.dueAtMs ? right : left;
  }

  #place(entry: E, index: number): void {
    this.#heap[index] = entry;
    entry.heapIndex = index;
  }
}
