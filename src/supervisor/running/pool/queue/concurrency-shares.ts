import { IndexedHeap } from '../../../../machines/collections/indexed-heap.ts';
import { goesBefore, type QueuedRun, type WaitingRun } from './waiting-run.ts';

/** One installation that has a share. */
interface Share<R extends QueuedRun> {
  maxConcurrent: number;
  runningCount: number;
  readonly parked: IndexedHeap<WaitingRun<R>>;
}

/**
 * How many runs of an installation execute, where that is limited. Runs beyond the limit are parked here, so that the
 * queue need not look past them. A share is remembered while it has runs.
 */
export class ConcurrencyShares<R extends QueuedRun> {
  readonly #shares = new Map<string, Share<R>>();

  /** Whether one more of its runs may execute. */
  hasRoom({ share }: Pick<QueuedRun, 'share'>): boolean {
    if (share === undefined) return true;
    const known = this.#shares.get(share.installation);
    return (known?.runningCount ?? 0) < share.maxConcurrent;
  }

  /** How many runs are parked because the share is used up. */
  heldBy(share: QueuedRun['share']): number {
    return (share && this.#shares.get(share.installation)?.parked.size) ?? 0;
  }

  started(run: QueuedRun): void {
    const share = this.#shareOf(run);
    if (share !== undefined) share.runningCount += 1;
  }

  /** The run does not execute any more. Returns the parked runs that may wait for a thread now. */
  ended(run: QueuedRun): WaitingRun<R>[] {
    const share = this.#shareOf(run);
    if (share === undefined) return [];
    share.runningCount -= 1;
    const free: WaitingRun<R>[] = [];
    // More than one when the limit was raised.
    while (share.runningCount + free.length < share.maxConcurrent) {
      const next = unparked(share);
      if (next === undefined) break;
      free.push(next);
    }
    this.#forgetIfUnused(run, share);
    return free;
  }

  /**
   * The run waited for a thread and has left the queue. Returns the parked run that waits in its place: as long as there
   * is room in a share, the best of its runs wait for a thread, because no end of another one would call them.
   */
  left(run: QueuedRun): WaitingRun<R> | undefined {
    const share = run.share && this.#shares.get(run.share.installation);
    if (share === undefined || share.runningCount >= share.maxConcurrent) return undefined;
    const next = unparked(share);
    this.#forgetIfUnused(run, share);
    return next;
  }

  park(waiting: WaitingRun<R>): void {
    waiting.parkedIn = waiting.run.share?.installation ?? null;
    this.#shareOf(waiting.run)?.parked.put(waiting);
  }

  /** Takes a parked run out. */
  remove(waiting: WaitingRun<R>): void {
    const share = this.#shares.get(waiting.parkedIn ?? '');
    waiting.parkedIn = null;
    share?.parked.remove(waiting);
    if (share !== undefined) this.#forgetIfUnused(waiting.run, share);
  }

  #forgetIfUnused({ share }: QueuedRun, { runningCount, parked }: Share<R>): void {
    if (share !== undefined && runningCount === 0 && parked.size === 0) this.#shares.delete(share.installation);
  }

  #shareOf({ share }: QueuedRun): Share<R> | undefined {
    if (share === undefined) return undefined;
    const { installation, maxConcurrent } = share;
    const known = this.#shares.get(installation);
    if (known !== undefined) {
      known.maxConcurrent = maxConcurrent;
      return known;
    }
    const made = { maxConcurrent, runningCount: 0, parked: new IndexedHeap<WaitingRun<R>>(goesBefore) };
    this.#shares.set(installation, made);
    return made;
  }
}

function unparked<R extends QueuedRun>({ parked }: Share<R>): WaitingRun<R> | undefined {
  const next = parked.takeFirst();
  if (next !== undefined) next.parkedIn = null;
  return next;
}
