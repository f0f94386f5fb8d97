import { type HeapEntry, IndexedHeap } from '../../../machines/indexed-heap.ts';

/** What decides a run's place in the queue. */
export interface QueuedRun {
  readonly taskId: string;
  readonly isCatchup: boolean;
  readonly priority: number;
  /** How long it is until its schedule falls due again, in milliseconds. Absent: for ever. */
  readonly untilNextMs?: (() => number) | undefined;
}

/**
 * So much sooner goes a run, at most, whose schedule falls due again soon. Without a limit, schedules with short periods
 * could keep one with a long period waiting for ever.
 */
const MAX_LEAD_MS = 1_000;

interface Entry<R> extends HeapEntry {
  readonly run: R;
  /** When it is to leave at the latest, monotonic milliseconds: that decides among runs of one priority. */
  readonly leaveByMs: number;
  /** Order of arrival. Runs that were put back have negative numbers, the latest the lowest. */
  readonly arrival: number;
}

/**
 * Runs that wait for a thread: on-time runs before catch-ups, then by priority, then by arrival. A run whose schedule
 * falls due again within a second goes before others, by as much as that is sooner, so that a herd of runs does not make
 * the occurrences of a schedule with a short period overlap. An abort finds its run by id, among a hundred thousand
 * without a search.
 */
export class RunQueue<R extends QueuedRun> {
  readonly #heap = new IndexedHeap<Entry<R>>(precedes);
  readonly #entries = new Map<string, Entry<R>>();
  #arrivalCount = 0;
  #returnCount = 0;

  /** How many runs wait. Only the queue assigns it. */
  size = 0;

  /** @param nowMs Monotonic milliseconds. */
  push(run: R, nowMs: number): void {
    this.#arrivalCount += 1;
    const leaveByMs = nowMs + Math.min(Math.max(run.untilNextMs?.() ?? MAX_LEAD_MS, 0), MAX_LEAD_MS);
    this.#add(run, { arrival: this.#arrivalCount, leaveByMs });
  }

  /** Puts back a run that was already taken out, before all others of its rank. */
  unshift(run: R): void {
    this.#returnCount += 1;
    this.#add(run, { arrival: -this.#returnCount, leaveByMs: Number.NEGATIVE_INFINITY });
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

  #add(run: R, place: Pick<Entry<R>, 'arrival' | 'leaveByMs'>): void {
    const entry: Entry<R> = { run, ...place, heapIndex: -1 };
    this.#entries.set(run.taskId, entry);
    this.size = this.#entries.size;
    this.#heap.put(entry);
  }
}

function precedes(a: Entry<QueuedRun>, b: Entry<QueuedRun>): boolean {
  if (a.run.isCatchup !== b.run.isCatchup) return b.run.isCatchup;
  if (a.run.priority !== b.run.priority) return a.run.priority < b.run.priority;
  return a.leaveByMs === b.leaveByMs ? a.arrival < b.arrival : a.leaveByMs < b.leaveByMs;
}
