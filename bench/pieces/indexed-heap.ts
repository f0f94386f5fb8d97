import type { Bench } from 'tinybench';
import { type HeapEntry, IndexedHeap } from '../../src/machines/collections/indexed-heap.ts';

const SIZES = [10_000, 100_000];
const DAY_MS = 86_400_000;

interface Entry extends HeapEntry {
  dueAtMs: number;
}

/** One turn of a full heap: takes out the earliest entry and puts it in again at a later instant. */
export function addIndexedHeap(bench: Bench): void {
  for (const size of SIZES) {
    const heap = new IndexedHeap<Entry>((a, b) => a.dueAtMs < b.dueAtMs);
    // The golden ratio spreads the instants evenly: as mixed as real schedules, and the same in every run.
    const spread = (index: number): number => ((index * 0.618_034) % 1) * DAY_MS;
    for (let index = 0; index < size; index += 1) heap.put({ dueAtMs: spread(index), heapIndex: -1 });
    let turn = 0;
    bench.add(`heap of ${size.toLocaleString('en')}: take the first, put it in again`, () => {
      turn += 1;
      const entry = heap.takeFirst() as Entry;
      entry.dueAtMs += DAY_MS / 2 + spread(turn);
      heap.put(entry);
    });
  }
}
