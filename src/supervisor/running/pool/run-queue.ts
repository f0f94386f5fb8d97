/** What decides a run's place in the queue. */
export interface QueuedRun {
  readonly taskId: string;
  readonly isCatchup: boolean;
  readonly priority: number;
}

interface Entry<R> {
  readonly run: R;
  /** Order of arrival. A run that is put back keeps its place. */
  readonly arrival: number;
  index: number;
}

/**
 * Runs that wait for a thread: on-time runs before catch-ups, then by priority, then in order of arrival. A binary heap in
 * which every entry knows its index, so that an abort finds its run among a hundred thousand without a search.
 */
export class RunQueue<R extends QueuedRun> {
  readonly #heap: Entry<R>[] = [];
  readonly #entries = new Map<string, Entry<R>>();
  #arrivals = 0;
  #returns = 0;

  get size(): number {
    return this.#heap.length;
  }

  push(run: R): void {
    this.#arrivals += 1;
    this.#insert(run, this.#arrivals);
  }

  /** Puts back a run that had been taken, before all others of its rank. */
  unshift(run: R): void {
    this.#returns -= 1;
    this.#insert(run, this.#returns);
  }

  /** Takes the first run out; undefined when none waits. */
  shift(): R | undefined {
    const [first] = this.#heap;
    if (first !== undefined) this.#remove(first);
    return first?.run;
  }

  /** Takes a run out; undefined when it does not wait. */
  take(taskId: string): R | undefined {
    const entry = this.#entries.get(taskId);
    if (entry !== undefined) this.#remove(entry);
    return entry?.run;
  }

  #insert(run: R, arrival: number): void {
    const entry: Entry<R> = { run, arrival, index: this.#heap.length };
    this.#heap.push(entry);
    this.#entries.set(run.taskId, entry);
    this.#rise(entry);
  }

  #remove(entry: Entry<R>): void {
    this.#entries.delete(entry.run.taskId);
    const last = this.#heap.pop();
    if (last === undefined || last === entry) return;
    this.#place(last, entry.index);
    this.#rise(last);
    this.#sink(last);
  }

  #rise(entry: Entry<R>): void {
    while (entry.index > 0) {
      const parent = this.#heap[(entry.index - 1) >> 1] as Entry<R>;
      if (!isBefore(entry, parent)) return;
      const { index } = parent;
      this.#place(parent, entry.index);
      this.#place(entry, index);
    }
  }

  #sink(entry: Entry<R>): void {
    for (
      let child = this.#firstChild(entry);
      child !== undefined && isBefore(child, entry);
      child = this.#firstChild(entry)
    ) {
      const { index } = child;
      this.#place(child, entry.index);
      this.#place(entry, index);
    }
  }

  #firstChild({ index }: Entry<R>): Entry<R> | undefined {
    const left = this.#heap[2 * index + 1];
    const right = this.#heap[2 * index + 2];
    return left !== undefined && right !== undefined && isBefore(right, left) ? right : left;
  }

  #place(entry: Entry<R>, index: number): void {
    entry.index = index;
    this.#heap[index] = entry;
  }
}

function isBefore(a: Entry<QueuedRun>, b: Entry<QueuedRun>): boolean {
  if (a.run.isCatchup !== b.run.isCatchup) return b.run.isCatchup;
  if (a.run.priority !== b.run.priority) return a.run.priority < b.run.priority;
  return a.arrival < b.arrival;
}
