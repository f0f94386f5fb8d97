/**
 * What a pool thread and its pool share without a message, so that it can be read while the thread executes or hangs.
 * The functions of `Atomics` are taken once, because plugins may change the global later.
 */
const { add, compareExchange, load, notify, store, wait } = Atomics;

const TURN = 0;
const OUTSIDE_HEAP = 1;
const BEGUN = 2;
const MAIL = 3;
const CELLS = 4;
const STARTED_AT = 0;
const CPU_FROM = 1;
const NUMBERS = 2;
const NUMBERS_AT = CELLS * Int32Array.BYTES_PER_ELEMENT;
const KIB = 1_024;

/** When a run began, by the thread's clock, and the CPU time that its thread had used by then. Milliseconds. */
export interface Beginning {
  readonly atMonotonicMs: number;
  /** Absent where it cannot be measured. */
  readonly threadCpuMs?: number;
}

export class WorkerCell {
  readonly buffer: SharedArrayBuffer;
  readonly #cells: Int32Array;
  readonly #numbers: Float64Array;
  /** What the thread has begun last. */
  #ticket = 0;

  constructor(buffer = new SharedArrayBuffer(NUMBERS_AT + NUMBERS * Float64Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer;
    this.#cells = new Int32Array(buffer, 0, CELLS);
    this.#numbers = new Float64Array(buffer, NUMBERS_AT, NUMBERS);
  }

  /**
   * Decides who has a task: the thread takes its ticket to begin it, and the pool takes it to give the task to another
   * thread. Tickets rise from task to task, and wrap around. Returns whether the caller was the first.
   */
  take(ticket: number): boolean {
    for (;;) {
      const last = load(this.#cells, TURN);
      if (((last - ticket) | 0) >= 0) return false;
      if (compareExchange(this.#cells, TURN, last, ticket) !== last) continue;
      this.#ticket = ticket;
      return true;
    }
  }

  /** The thread calls `run()` for the task whose ticket it has taken. */
  began({ atMonotonicMs, threadCpuMs }: Beginning): void {
    this.#numbers[STARTED_AT] = atMonotonicMs;
    this.#numbers[CPU_FROM] = threadCpuMs ?? Number.NaN;
    store(this.#cells, BEGUN, this.#ticket);
  }

  /** How the run with this ticket began; null if it has not begun. */
  beginningOf(ticket: number): Beginning | null {
    if (load(this.#cells, BEGUN) !== ticket) return null;
    const [atMonotonicMs = Number.NaN, threadCpuMs = Number.NaN] = this.#numbers;
    return { atMonotonicMs, ...(!Number.isNaN(threadCpuMs) && { threadCpuMs }) };
  }

  /** How many messages the pool has sent; it wraps around. */
  get mailCount(): number {
    return load(this.#cells, MAIL);
  }

  /** The pool has sent a message. */
  mailed(): void {
    add(this.#cells, MAIL, 1);
    notify(this.#cells, MAIL);
  }

  /** Blocks the thread until the pool has sent a message since `mailCount` was read. */
  waitForMail(mailCount: number): void {
    wait(this.#cells, MAIL, mailCount);
  }

  /** Memory that the thread holds and V8 does not count as its heap, to the KiB. */
  get outsideHeapBytes(): number {
    return load(this.#cells, OUTSIDE_HEAP) * KIB;
  }

  set outsideHeapBytes(bytes: number) {
    store(this.#cells, OUTSIDE_HEAP, Math.ceil(bytes / KIB));
  }
}
