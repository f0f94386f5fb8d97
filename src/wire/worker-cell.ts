/**
 * What a pool thread and its pool share without a message, so that it can be read while the thread executes or hangs.
 * The functions of `Atomics` are taken once, because plugins may change the global later.
 */
const { compareExchange, load, store } = Atomics;

const TURN = 0;
const OUTSIDE_HEAP = 1;
const KIB = 1_024;

export class WorkerCell {
  readonly buffer: SharedArrayBuffer;
  readonly #cells: Int32Array;

  constructor(buffer = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer;
    this.#cells = new Int32Array(buffer);
  }

  /**
   * Decides who has a task: the thread takes its ticket to begin it, and the pool takes it to give the task to another
   * thread. Tickets rise from task to task, and wrap around. Returns whether the caller was the first.
   */
  take(ticket: number): boolean {
    for (;;) {
      const last = load(this.#cells, TURN);
      if (((last - ticket) | 0) >= 0) return false;
      if (compareExchange(this.#cells, TURN, last, ticket) === last) return true;
    }
  }

  /** Memory that the thread holds and V8 does not count as its heap, to the KiB. */
  get outsideHeapBytes(): number {
    return load(this.#cells, OUTSIDE_HEAP) * KIB;
  }

  set outsideHeapBytes(bytes: number) {
    store(this.#cells, OUTSIDE_HEAP, Math.ceil(bytes / KIB));
  }
}
