import { type HeapEntry, IndexedHeap } from '../../../../machines/collections/indexed-heap.ts';
import { goesBefore, type QueuedRun, type Seat, type WaitingRun } from './waiting-run.ts';

/** The runs of one tenant. */
class Load<R extends QueuedRun> implements HeapEntry {
  heapIndex = -1;
  /** How many of its runs wait, also those that may not be displaced. */
  count = 0;
  /** Those that may be displaced, what would go last before the others. */
  readonly ready = new IndexedHeap<Seat<R>>(goesAfter);
  readonly parked = new IndexedHeap<Seat<R>>(goesAfter);

  seatsOf({ isParked }: Seat<R>): IndexedHeap<Seat<R>> {
    return isParked ? this.parked : this.ready;
  }

  /** The run that would go last, of those that may be displaced. */
  get last(): WaitingRun<R> | undefined {
    const [ready, parked] = [this.ready.first, this.parked.first];
    if (ready === undefined || parked === undefined) return (ready ?? parked)?.waiting;
    return goesAfter(ready, parked) ? ready.waiting : parked.waiting;
  }
}

/**
 * Who takes how much room in the queue. When it is full, the tenant that has the most runs in it gives way to one that
 * has fewer, so that nobody can take the room of all.
 */
export class TenantLoads<R extends QueuedRun> {
  readonly #loads = new Map<string | undefined, Load<R>>();
  /** Those with runs that may be displaced. */
  readonly #greediest = new IndexedHeap<Load<R>>((a, b) => a.count > b.count);

  add(waiting: WaitingRun<R>): void {
    const { tenantId } = waiting.run;
    const load = this.#loads.get(tenantId) ?? new Load<R>();
    this.#loads.set(tenantId, load);
    load.count += 1;
    if (isDisplaceable(waiting)) {
      waiting.seat = { waiting, isParked: false, heapIndex: -1 };
      load.ready.put(waiting.seat);
    }
    this.#sort(load);
  }

  /** The run waits for its share now, or not any more. */
  parkingChanged({ run, seat, parkedIn }: WaitingRun<R>): void {
    const load = this.#loads.get(run.tenantId);
    if (seat === null || load === undefined) return;
    const isParked = parkedIn !== null;
    if (seat.isParked === isParked) return;
    load.seatsOf(seat).remove(seat);
    seat.isParked = isParked;
    load.seatsOf(seat).put(seat);
  }

  remove({ run, seat }: WaitingRun<R>): void {
    const load = this.#loads.get(run.tenantId);
    if (load === undefined) return;
    if (seat !== null) load.seatsOf(seat).remove(seat);
    load.count -= 1;
    this.#sort(load);
    if (load.count === 0) this.#loads.delete(run.tenantId);
  }

  /**
   * The run that gives its room to one more of this tenant: the one that would go last, of whoever has the most. Undefined
   * if that has no more than this tenant would have then.
   */
  displacedFor({ tenantId }: Pick<QueuedRun, 'tenantId'>): WaitingRun<R> | undefined {
    const own = this.#loads.get(tenantId)?.count ?? 0;
    const most = this.#greediest.first;
    return most !== undefined && own + 1 < most.count ? most.last : undefined;
  }

  /** The last one of those runs of this tenant that wait for their share. */
  lastParkedOf({ tenantId }: Pick<QueuedRun, 'tenantId'>): WaitingRun<R> | undefined {
    return this.#loads.get(tenantId)?.parked.first?.waiting;
  }

  #sort(load: Load<R>): void {
    if (load.ready.size + load.parked.size === 0) this.#greediest.remove(load);
    else this.#greediest.put(load);
  }
}

/** A run that was put back has been in a thread already. */
function isDisplaceable({ run, arrival }: WaitingRun<QueuedRun>): boolean {
  return run.hasPlace !== true && arrival > 0;
}

function goesAfter(a: Seat<QueuedRun>, b: Seat<QueuedRun>): boolean {
  return goesBefore(b.waiting, a.waiting);
}
