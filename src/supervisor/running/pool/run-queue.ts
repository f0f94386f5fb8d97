import { type HeapEntry, IndexedHeap } from '../../../machines/indexed-heap.ts';

/** What decides a run's place in the queue. */
export interface QueuedRun {
  readonly taskId: string;
  readonly isCatchup: boolean;
  readonly priority: number;
}

interface Entry<R> extends HeapEntry {
  readonly run: R;
  /** Order of arrival. Runs that were put back have negative numbers, the latest the lowest. */
  readonly arrival: number;
}

/**
 * Runs that wait for a thread: on-time runs before catch-ups, then by priority, then in order of arrival. An abort
 * finds its run by id, among a hundred thousand without a search.
 */
export class RunQueue<R extends QueuedRun> {
  readonly #heap = new IndexedHeap<Entry<R>>(precedes);
  readonly #entries = new Map<string, Entry<R>>();
  #arrivalCount = 0;
  #returnCount = 0;

  /** How many runs wait. Only the queue assigns it. */
  size = 0;

  push(run: R): void {
    this.#arrivalCount += 1;
    this.#add(run, this.#arrivalCount);
  }

  /** Puts back a run that was already taken out, before all others of its rank. */
  unshift(run: R): void {
    this.#returnCount += 1;
    this.#add(run, -this.#returnCount);
  }

  /** Takes the first run out; undefined when none waits. */
  shift(): R | undefined {
    const first = this.#heap.takeFirst();
    if (first === undefined) return undefined;
    this.#entries.delete(first.run.taskId);
    this.size = this.#entries.size;
    return first.run;
  }

  /** Takes a run out; undefined when it does not wait. */
  take(taskId: string): R | undefined {
    const entry = this.#entries.get(taskId);
    if (entry === undefined) return undefined;
    this.#entries.delete(taskId);
    this.size = this.#entries.size;
    this.#heap.remove(entry);
    return entry.run;
  }

  #add(run: R, arrival: number): void {
    const entry: Entry<R> = { run, arrival, heapIndex: -1 };
    this.#entries.set(run.taskId, entry);
    this.size = this.#entries.size;
    this.#heap.put(entry);
  }
}

function precedes(a: Entry<QueuedRun>, b: Entry<QueuedRun>): boolean {
  if (a.run.isCatchup !== b.run.isCatchup) return b.run.isCatchup;
  if (a.run.priority !== b.run.priority) return a.run.priority < b.run.priority;
  return a.arrival < b.arrival;
}
