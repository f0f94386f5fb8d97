import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type HeapEntry, IndexedHeap } from '../../../src/machines/collections/indexed-heap.ts';

interface Entry extends HeapEntry {
  rank: number;
}

const entry = (rank: number): Entry => ({ rank, heapIndex: -1 });
const byRank = (a: Entry, b: Entry): boolean => a.rank < b.rank;

/** Takes everything out, and says in which order it came. */
function emptied(heap: IndexedHeap<Entry>): number[] {
  const ranks: number[] = [];
  for (let taken = heap.takeFirst(); taken !== undefined; taken = heap.takeFirst()) ranks.push(taken.rank);
  return ranks;
}

const step = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), id: fc.nat(30), rank: fc.nat(50) }),
  fc.record({ kind: fc.constant('remove' as const), id: fc.nat(30) }),
  fc.record({ kind: fc.constant('take' as const) }),
);

/** A heap and what should be in it. */
class ModelledHeap {
  readonly heap = new IndexedHeap<Entry>(byRank);
  readonly #entries = Array.from({ length: 31 }, () => entry(0));
  readonly #present = new Set<Entry>();

  get sorted(): number[] {
    return [...this.#present].map(({ rank }) => rank).toSorted((a, b) => a - b);
  }

  put(id: number, rank: number): void {
    const one = this.#entries[id] as Entry;
    one.rank = rank;
    if (this.#present.has(one)) this.heap.update(one);
    else this.heap.put(one);
    this.#present.add(one);
  }

  remove(id: number): void {
    const one = this.#entries[id] as Entry;
    this.heap.remove(one);
    this.#present.delete(one);
  }

  take(): void {
    const [lowest] = this.sorted;
    const taken = this.heap.takeFirst();
    expect(taken?.rank).toBe(lowest);
    if (taken !== undefined) this.#present.delete(taken);
  }
}

describe('IndexedHeap', () => {
  test('agrees with a sorted array after every step', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const model = new ModelledHeap();
        for (const each of steps) {
          if (each.kind === 'put') model.put(each.id, each.rank);
          else if (each.kind === 'remove') model.remove(each.id);
          else model.take();
          expect(model.heap.size).toBe(model.sorted.length);
          expect(model.heap.first?.rank).toBe(model.sorted[0]);
        }
        const { sorted } = model;
        expect(emptied(model.heap)).toEqual(sorted);
      }),
    );
  });

  test('gives every entry the index of its place, and -1 once it is out', () => {
    const heap = new IndexedHeap<Entry>(byRank);
    const entries = [5, 3, 8, 1, 9, 2].map(entry);
    for (const each of entries) heap.put(each);
    expect(entries.map(({ heapIndex }) => heapIndex).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(heap.first?.heapIndex).toBe(0);

    const [five, three] = entries as [Entry, Entry];
    heap.remove(five);
    heap.remove(five);

    expect(five.heapIndex).toBe(-1);
    expect(three.heapIndex).toBeGreaterThanOrEqual(0);
    expect(emptied(heap)).toEqual([1, 2, 3, 8, 9]);
    expect(entries.every(({ heapIndex }) => heapIndex === -1)).toBe(true);
  });

  test('is empty at first', () => {
    const heap = new IndexedHeap<Entry>(byRank);

    expect(heap.first).toBeUndefined();
    expect(heap.takeFirst()).toBeUndefined();
  });

  test('compares about as often as the tree is deep when one of 100,000 entries moves', () => {
    let comparisonCount = 0;
    const heap = new IndexedHeap<Entry>((a, b) => {
      comparisonCount += 1;
      return a.rank < b.rank;
    });
    const entries = Array.from({ length: 100_000 }, (_, index) => entry(index));
    for (const each of entries) heap.put(each);
    const [first] = entries as [Entry];
    comparisonCount = 0;

    first.rank = 100_000;
    heap.update(first);

    expect(comparisonCount).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(100_000)));
    expect(heap.first?.rank).toBe(1);
  });
});
