import { IndexedHeap } from '../../../machines/collections/indexed-heap.ts';
import { TransientMap } from '../../../machines/collections/transient-map.ts';
import type { PoolPlaces, PoolUser } from '../../ports/run-pool.ts';
import { ConcurrencyShares } from './queue/concurrency-shares.ts';
import { Rank, ranksBefore } from './queue/rank.ts';
import { TenantLoads } from './queue/tenant-loads.ts';
import { type QueuedRun, shareOf, type WaitingRun } from './queue/waiting-run.ts';

export { type QueuedRun, shareOf };

/**
 * So much sooner goes a run, at most, whose schedule falls due again soon. Without a limit, schedules with short periods
 * could keep one with a long period waiting for ever.
 */
const MAX_LEAD_MS = 1_000;

/**
 * Runs that wait for a thread: on-time runs before catch-ups, then by priority, then by turns of the tenants, then by
 * arrival. A run whose schedule falls due again within a second goes before others of its tenant and turn, by as much as
 * that is sooner, so that a herd of runs does not make the occurrences of a schedule with a short period overlap. A run
 * whose installation has used up its share of the threads lets others pass. An abort finds its run by id, among a
 * hundred thousand without a search.
 */
export class RunQueue<R extends QueuedRun> {
  readonly #ranks = new IndexedHeap<Rank<R>>(ranksBefore);
  /** By priority: those of runs on time, and those of catch-ups. */
  readonly #onTime = new Map<number, Rank<R>>();
  readonly #catchUps = new Map<number, Rank<R>>();
  readonly #shares = new ConcurrencyShares<R>();
  readonly #loads = new TenantLoads<R>();
  readonly #waiting = new TransientMap<string, WaitingRun<R>>();
  #arrivalCount = 0;
  #returnCount = 0;

  /** How many runs wait. Only the queue assigns it. */
  size = 0;

  /** How many of them wait for a thread and not for their share. Only the queue assigns it. */
  readyCount = 0;

  /** Whether one more run of its installation may execute. */
  mayExecute(run: Pick<QueuedRun, 'share'>): boolean {
    return this.#shares.hasRoom(run);
  }

  /** How full the queue is, and with it the threads, of which so many are occupied. */
  places(occupied: number, user: PoolUser): Pick<PoolPlaces, 'taken' | 'held' | 'all'> {
    return {
      taken: occupied + this.readyCount,
      held: this.#shares.heldBy(shareOf(user)),
      all: occupied + this.size,
    };
  }

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

  /** Takes the first run out that may start, and counts it as started; undefined when none may. */
  shift(): R | undefined {
    for (let rank = this.#ranks.first; rank !== undefined; rank = this.#ranks.first) {
      const first = rank.first as WaitingRun<R>;
      if (this.#shares.hasRoom(first.run)) {
        rank.takeFirst();
        this.#left(rank);
        this.#forget(first);
        this.started(first.run);
        return first.run;
      }
      rank.remove(first);
      this.#left(rank);
      this.#park(first);
    }
    return undefined;
  }

  /** Takes a run out; undefined when it does not wait. */
  take(taskId: string): R | undefined {
    const waiting = this.#waiting.get(taskId);
    if (waiting === undefined) return undefined;
    if (waiting.parkedIn !== null) this.#shares.remove(waiting);
    else {
      const rank = this.#rankOf(waiting.run);
      rank.remove(waiting);
      this.#left(rank);
      const next = this.#shares.left(waiting.run);
      if (next !== undefined) this.#enter(next);
    }
    this.#forget(waiting);
    return waiting.run;
  }

  /**
   * Takes out what has to give its room to this run in a full queue; undefined when nothing has to. Of one tenant, what
   * waits for its share gives way to what a free thread would be enough for.
   */
  displaceFor(run: Pick<QueuedRun, 'tenantId' | 'share'>): R | undefined {
    const parked = this.mayExecute(run) ? this.#loads.lastParkedOf(run) : undefined;
    const displaced = this.#loads.displacedFor(run) ?? parked;
    return displaced && this.take(displaced.run.taskId);
  }

  /** A run has a thread. Call it for a run that was not taken out with `shift`. */
  started(run: R): void {
    this.#shares.started(run);
  }

  /** A run does not execute any more, so that another one of its installation may. */
  ended(run: R): void {
    for (const waiting of this.#shares.ended(run)) this.#enter(waiting);
  }

  #add(run: R, place: Pick<WaitingRun<R>, 'arrival' | 'leaveByMs'>): void {
    const waiting: WaitingRun<R> = { run, ...place, parkedIn: null, seat: null, heapIndex: -1 };
    this.#waiting.set(run.taskId, waiting);
    this.size = this.#waiting.size;
    this.#loads.add(waiting);
    if (this.#shares.hasRoom(run)) this.#enter(waiting);
    else this.#park(waiting);
  }

  #park(waiting: WaitingRun<R>): void {
    this.#shares.park(waiting);
    this.#loads.parkingChanged(waiting);
  }

  #enter(waiting: WaitingRun<R>): void {
    const rank = this.#rankOf(waiting.run);
    rank.put(waiting);
    this.#loads.parkingChanged(waiting);
    this.readyCount += 1;
    this.#ranks.put(rank);
  }

  /** A run has left its rank. */
  #left(rank: Rank<R>): void {
    this.readyCount -= 1;
    if (!rank.isEmpty) return;
    this.#ranks.remove(rank);
    this.#ranksFor(rank).delete(rank.priority);
  }

  #forget(waiting: WaitingRun<R>): void {
    this.#waiting.delete(waiting.run.taskId);
    this.size = this.#waiting.size;
    this.#loads.remove(waiting);
  }

  #rankOf(run: R): Rank<R> {
    const ranks = this.#ranksFor(run);
    const known = ranks.get(run.priority);
    if (known !== undefined) return known;
    const rank = new Rank<R>(run);
    ranks.set(run.priority, rank);
    return rank;
  }

  #ranksFor({ isCatchup }: { readonly isCatchup: boolean }): Map<number, Rank<R>> {
    return isCatchup ? this.#catchUps : this.#onTime;
  }
}
