/**
 * Finds a page of a long list in an order that changes with every run, so that no sorted list can be kept. Places are
 * selected instead of sorted: what belongs before the page and behind it is only told apart (Hoare's selection), which
 * takes a few passes however far the page is from the beginning.
 */
import type { Slicer } from '../../ports/slicer.ts';

/** How many ranks are computed between two looks at the clock: it takes a fraction of a millisecond. */
const BLOCK = 256;

/** The places of a page: of the first one, and behind the last one. */
export interface PageBounds {
  readonly from: number;
  readonly until: number;
}

/** The items of a page when all are ordered by rank, the lowest first. Those of the same rank keep their order. */
export async function pageByRank<T>(
  items: readonly T[],
  rankOf: (item: T) => number,
  { from, until, slicer }: PageBounds & { readonly slicer: Slicer },
): Promise<T[]> {
  const ranks = new Float64Array(items.length);
  const order = new Uint32Array(items.length);
  for (let start = 0; start < items.length; start += BLOCK) {
    const end = Math.min(start + BLOCK, items.length);
    for (let index = start; index < end; index += 1) {
      ranks[index] = rankOf(items[index] as T);
      order[index] = index;
    }
    await slicer.pause();
  }
  const end = Math.min(until, items.length);
  if (from >= end) return [];
  const selection = new Selection(ranks, order);
  // First the bound that leaves less to look through for the other.
  if (items.length - from < end) {
    await selection.split(from, { low: 0, high: items.length }, slicer);
    await selection.split(end, { low: from, high: items.length }, slicer);
  } else {
    await selection.split(end, { low: 0, high: items.length }, slicer);
    await selection.split(from, { low: 0, high: end }, slicer);
  }
  return Array.from(selection.sorted(from, end), (index) => items[index] as T);
}

interface Range {
  readonly low: number;
  readonly high: number;
}

class Selection {
  readonly #ranks: Float64Array;
  /** The items by their index, more and more in order. */
  readonly #order: Uint32Array;
  #chance = 1;

  constructor(ranks: Float64Array, order: Uint32Array) {
    [this.#ranks, this.#order] = [ranks, order];
  }

  /** Brings everything that belongs before a place before it. The range is known to hold what belongs there. */
  async split(place: number, { low, high }: Range, slicer: Slicer): Promise<void> {
    let [first, last] = [low, high - 1];
    while (first < last && place < high) {
      const { before, behind } = this.#partition(first, last);
      if (place <= before) last = before;
      else if (place >= behind) first = behind;
      else return;
      await slicer.pause();
    }
  }

  sorted(from: number, until: number): Uint32Array {
    const ranks = this.#ranks;
    return this.#order.slice(from, until).sort((a, b) => (isBefore(ranks, a, b) ? -1 : 1));
  }

  /**
   * Tells what is before one of the items from what is behind it. Passes over a hundred thousand take less than a slice.
   * The item is any one (Knuth's linear congruential generator), so that no order in which lists come is a slow one.
   */
  #partition(first: number, last: number): { readonly before: number; readonly behind: number } {
    const [ranks, order] = [this.#ranks, this.#order];
    this.#chance = (Math.imul(this.#chance, 1_664_525) + 1_013_904_223) >>> 0;
    const pivot = order[first + (this.#chance % (last - first + 1))] as number;
    let [left, right] = [first, last];
    while (left <= right) {
      while (isBefore(ranks, order[left] as number, pivot)) left += 1;
      while (isBefore(ranks, pivot, order[right] as number)) right -= 1;
      if (left > right) break;
      const item = order[left] as number;
      order[left] = order[right] as number;
      order[right] = item;
      left += 1;
      right -= 1;
    }
    return { before: right, behind: left };
  }
}

/** No two are level: of the same rank, the one that came first is before the other. */
function isBefore(ranks: Float64Array, a: number, b: number): boolean {
  const [rankOfA, rankOfB] = [ranks[a] as number, ranks[b] as number];
  return rankOfA < rankOfB || (rankOfA === rankOfB && a < b);
}
