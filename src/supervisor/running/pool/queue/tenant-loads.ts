import { type HeapEntry, IndexedHeap } from '../../../../machines/indexed-heap.ts';
import type { QueuedRun, WaitingRun } from './waiting-run.ts';

/** The runs of one tenant that may be displaced, linked from the newest to the oldest. */
interface Load<R extends QueuedRun> extends HeapEntry {
  count: number;
  newest: WaitingRun<R> | null;
}

/**
 * Who takes how much room in the queue. When it is full, the tenant that has the most runs in it gives way to one that
 * has fewer, so that nobody can take the room of all.
 */
export class TenantLoads<R extends QueuedRun> {
  readonly #loads = new Map<string | undefined, Load<R>>();
  readonly #greediest = new IndexedHeap<Load<R>>((a, b) => a.count > b.count);

  add(waiting: WaitingRun<R>): void {
    if (!isDisplaceable(waiting)) return;
    const { tenantId } = waiting.run;
    const load = this.#loads.get(tenantId) ?? { count: 0, newest: null, heapIndex: -1 };
    waiting.older = load.newest;
    if (load.newest !== null) load.newest.newer = waiting;
    load.newest = waiting;
    load.count += 1;
    this.#loads.set(tenantId, load);
    this.#greediest.put(load);
  }

  remove(waiting: WaitingRun<R>): void {
    const load = this.#loads.get(waiting.run.tenantId);
    if (!isDisplaceable(waiting) || load === undefined) return;
    const { older, newer } = waiting;
    if (newer === null) load.newest = older;
    else newer.older = older;
    if (older !== null) older.newer = newer;
    waiting.older = null;
    waiting.newer = null;
    load.count -= 1;
    if (load.count > 0) {
      this.#greediest.update(load);
      return;
    }
    this.#greediest.remove(load);
    this.#loads.delete(waiting.run.tenantId);
  }

  /**
   * The run that gives its room to one more of this tenant: the newest of whoever has the most. Undefined if it has no
   * more than this tenant would have then.
   */
  displacedFor({ tenantId }: Pick<QueuedRun, 'tenantId'>): WaitingRun<R> | undefined {
    const own = this.#loads.get(tenantId)?.count ?? 0;
    const most = this.#greediest.first;
    return most !== undefined && own + 1 < most.count ? (most.newest ?? undefined) : undefined;
  }
}

/** A run that was put back has been in a thread already. */
function isDisplaceable({ run, arrival }: WaitingRun<QueuedRun>): boolean {
  return run.hasPlace !== true && arrival > 0;
}
