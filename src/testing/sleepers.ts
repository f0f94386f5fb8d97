/** One sleep of a virtual clock. */
export interface Sleeper {
  readonly wakeAtMs: number;
  /** Order of arrival. Of two that wake at the same instant, the one that came first wakes first. */
  readonly order: number;
  readonly wake: () => void;
  /** It waits for an instant of the wall clock. */
  readonly isByWall: boolean;
  isCancelled: boolean;
}

/**
 * Sleepers in a binary heap, by the instant at which they wake. A cancelled one stays in the heap until its turn comes,
 * so that cancelling costs nothing.
 */
export class Sleepers {
  readonly #heap: Sleeper[] = [];
  #count = 0;

  /** How many are not cancelled. */
  get count(): number {
    return this.#count;
  }

  add(sleeper: Sleeper): void {
    this.#count += 1;
    const heap = this.#heap;
    let index = heap.length;
    heap.push(sleeper);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex] as Sleeper;
      if (!isBefore(sleeper, parent)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = sleeper;
  }

  cancel(sleeper: Sleeper): void {
    if (sleeper.isCancelled) return;
    sleeper.isCancelled = true;
    this.#count -= 1;
  }

  /** When the next one wakes. Infinity if there is none. */
  get nextWakeAtMs(): number {
    this.#dropCancelled();
    return this.#heap[0]?.wakeAtMs ?? Number.POSITIVE_INFINITY;
  }

  /** Takes out the next one to wake. */
  take(): Sleeper | undefined {
    this.#dropCancelled();
    const first = this.#pop();
    // Cancelling it later must not count it a second time.
    if (first !== undefined) this.cancel(first);
    return first;
  }

  /** Takes out those that wait for an instant of the wall clock, in their order. */
  takeByWall(): Sleeper[] {
    const found = this.#heap.filter(({ isByWall, isCancelled }) => isByWall && !isCancelled);
    for (const sleeper of found) this.cancel(sleeper);
    return found.sort((a, b) => (isBefore(a, b) ? -1 : 1));
  }

  #dropCancelled(): void {
    while (this.#heap[0]?.isCancelled === true) this.#pop();
  }

  #pop(): Sleeper | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (last !== undefined && last !== first) this.#sink(last);
    return first;
  }

  /** Puts a sleeper in the place of the first one. */
  #sink(sleeper: Sleeper): void {
    const heap = this.#heap;
    let index = 0;
    for (;;) {
      const childIndex = this.#earlierChild(index);
      const child = heap[childIndex];
      if (child === undefined || !isBefore(child, sleeper)) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = sleeper;
  }

  #earlierChild(index: number): number {
    const left = this.#heap[2 * index + 1];
    const right = this.#heap[2 * index + 2];
    const isRight = left !== undefined && right !== undefined && isBefore(right, left);
    return isRight ? 2 * index + 2 : 2 * index + 1;
  }
}

function isBefore(a: Sleeper, b: Sleeper): boolean {
  return a.wakeAtMs === b.wakeAtMs ? a.order < b.order : a.wakeAtMs < b.wakeAtMs;
}
