/**
 * The waiting runs of one priority and kind, fair by tenant: in every round each tenant that waits has one turn. So a
 * tenant that is not in the queue yet waits for one run of each other tenant at most, however many runs those have.
 */
import { type HeapEntry, IndexedHeap } from '../../../../machines/collections/indexed-heap.ts';
import { leavesBefore, type QueuedRun, type WaitingRun } from './waiting-run.ts';

/** So many tenants may be remembered that do not wait, before those are forgotten that have had no turn lately. */
const MIN_REMEMBERED = 64;

/** The runs of one tenant. */
class Lane<R extends QueuedRun> implements HeapEntry {
  readonly tenantId: string | undefined;
  readonly runs = new IndexedHeap<WaitingRun<R>>(leavesBefore);
  heapIndex = -1;
  /** The round in which the tenant has its next turn. */
  round: number;

  constructor(tenantId: string | undefined, round: number) {
    this.tenantId = tenantId;
    this.round = round;
  }
}

export class Rank<R extends QueuedRun> implements HeapEntry {
  readonly isCatchup: boolean;
  readonly priority: number;
  heapIndex = -1;
  readonly #lanes = new Map<string | undefined, Lane<R>>();
  /** The tenants that wait, in the order of their turns. */
  readonly #turns = new IndexedHeap<Lane<R>>(hasTurnBefore);
  #round = 0;
  #forgetAt = MIN_REMEMBERED;

  constructor({ isCatchup, priority }: QueuedRun) {
    this.isCatchup = isCatchup;
    this.priority = priority;
  }

  get isEmpty(): boolean {
    return this.#turns.size === 0;
  }

  put(waiting: WaitingRun<R>): void {
    const lane = this.#laneOf(waiting.run.tenantId);
    // Who has not waited does not save up turns.
    if (lane.runs.size === 0) lane.round = Math.max(lane.round, this.#round);
    lane.runs.put(waiting);
    this.#turns.put(lane);
  }

  /** The run that is the next; undefined when none waits. */
  get first(): WaitingRun<R> | undefined {
    return this.#turns.first?.runs.first;
  }

  /** Takes a run out without a turn. */
  remove(waiting: WaitingRun<R>): void {
    const lane = this.#laneOf(waiting.run.tenantId);
    lane.runs.remove(waiting);
    this.#replace(lane);
  }

  /** Takes the first run out: its tenant has had its turn. One that was put back has had it before. */
  takeFirst(): void {
    const lane = this.#turns.first;
    const taken = lane?.runs.takeFirst();
    if (lane === undefined || taken === undefined) return;
    this.#round = Math.max(this.#round, lane.round);
    if (!isReturned(taken)) lane.round += 1;
    this.#replace(lane);
  }

  #replace(lane: Lane<R>): void {
    if (lane.runs.size === 0) this.#turns.remove(lane);
    else this.#turns.update(lane);
  }

  #laneOf(tenantId: string | undefined): Lane<R> {
    const known = this.#lanes.get(tenantId);
    if (known !== undefined) return known;
    if (this.#lanes.size >= this.#forgetAt) this.#forget();
    const lane = new Lane<R>(tenantId, this.#round);
    this.#lanes.set(tenantId, lane);
    return lane;
  }

  /** A tenant that does not wait is remembered only for as long as its next turn lies ahead. */
  #forget(): void {
    for (const [tenantId, { runs, round }] of this.#lanes) {
      if (runs.size === 0 && round <= this.#round) this.#lanes.delete(tenantId);
    }
    this.#forgetAt = Math.max(MIN_REMEMBERED, 2 * this.#lanes.size);
  }
}

type RankName = Pick<QueuedRun, 'isCatchup' | 'priority'>;

/** On-time runs go before catch-ups, then a lower priority goes first. */
export function ranksBefore(a: RankName, b: RankName): boolean {
  return a.isCatchup === b.isCatchup ? a.priority < b.priority : b.isCatchup;
}

function isReturned({ arrival }: WaitingRun<QueuedRun>): boolean {
  return arrival < 0;
}

interface Turn {
  readonly round: number;
  readonly runs: { readonly first: WaitingRun<QueuedRun> | undefined };
}

/** Only lanes with runs are compared. */
function hasTurnBefore(a: Turn, b: Turn): boolean {
  const [first, second] = [a.runs.first, b.runs.first];
  if (first === undefined || second === undefined) return false;
  if (isReturned(first) !== isReturned(second)) return isReturned(first);
  return a.round === b.round || isReturned(first) ? leavesBefore(first, second) : a.round < b.round;
}
