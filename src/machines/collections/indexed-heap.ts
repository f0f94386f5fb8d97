/**
 * What an entry of an `IndexedHeap` carries. An entry is in one heap at a time, and only that heap writes the index.
 */
export interface HeapEntry {
  /** Where the entry stands in its heap; -1 when it is not in one. */
  heapIndex: number;
}

/**
 * A binary heap in which every entry knows its index, so that moving or removing any one of a hundred thousand costs a
 * logarithm and no search. `precedes` must be a strict order; entries that it holds equal come out in any order.
 */
export class IndexedHeap<E extends HeapEntry> {
  readonly #entries: E[] = [];
  readonly #precedes: (a: E, b: E) => boolean;
  /** The entry that no other precedes; undefined when the heap is empty. Only the heap itself assigns it. */
  first: E | undefined;

  constructor(precedes: (a: E, b: E) => boolean) {
    this.#precedes = precedes;
  }

  get size(): number {
    return this.#entries.length;
  }

  /** A copy of what is in it, in no particular order. */
  all(): E[] {
    return [...this.#entries];
  }

  /** Adds an entry that is not in a heap, or moves one that is in this heap to its new place. */
  put(entry: E): void {
    if (entry.heapIndex !== -1) {
      this.update(entry);
      return;
    }
    const index = this.#entries.push(entry) - 1;
    if (index > 0) {
      this.#siftUp(entry, index);
      return;
    }
    entry.heapIndex = 0;
    this.first = entry;
  }

  /** Moves an entry of this heap. Call it after each change to what `precedes` compares. */
  update(entry: E): void {
    this.#siftUp(entry, entry.heapIndex);
    this.#siftDown(entry, entry.heapIndex);
  }

  /** Takes the entry out. Does nothing when it is not in the heap. */
  remove(entry: E): void {
    const index = entry.heapIndex;
    if (index === -1) return;
    entry.heapIndex = -1;
    const last = this.#entries.pop() as E;
    if (this.#entries.length === 0) this.first = undefined;
    if (last === entry) return;
    // The last entry fills the gap. It comes from another branch, so that it may have to move either way.
    last.heapIndex = index;
    this.update(last);
  }

  /** Takes the first entry out; undefined when the heap is empty. */
  takeFirst(): E | undefined {
    const { first } = this;
    if (first === undefined) return undefined;
    first.heapIndex = -1;
    const last = this.#entries.pop() as E;
    if (last === first) this.first = undefined;
    else this.#siftDown(last, 0);
    return first;
  }

  /** Places the entry at `index` or above it, and moves down those that it overtakes. */
  #siftUp(entry: E, index: number): void {
    let gap = index;
    while (gap > 0) {
      const parentIndex = (gap - 1) >> 1;
      const parent = this.#entries[parentIndex] as E;
      if (!this.#precedes(entry, parent)) break;
      this.#place(parent, gap);
      gap = parentIndex;
    }
    this.#place(entry, gap);
  }

  /** Places the entry at `index` or below it, and moves up those that overtake it. */
  #siftDown(entry: E, index: number): void {
    let gap = index;
    for (;;) {
      const child = this.#firstChild(gap);
      if (child === undefined || !this.#precedes(child, entry)) break;
      const childIndex = child.heapIndex;
      this.#place(child, gap);
      gap = childIndex;
    }
    this.#place(entry, gap);
  }

  #firstChild(index: number): E | undefined {
    const left = this.#entries[2 * index + 1];
    const right = this.#entries[2 * index + 2];
    return left !== undefined && right !== undefined && this.#precedes(right, left) ? right : left;
  }

  #place(entry: E, index: number): void {
    this.#entries[index] = entry;
    entry.heapIndex = index;
    if (index === 0) this.first = entry;
  }
}
