import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SystemClock } from '../../../src/supervisor/clocks/system-clock.ts';
import { firstByRank, sortedInSlices } from '../../../src/supervisor/operating/sorting.ts';
import { Slicer } from '../../../src/supervisor/ports/slicer.ts';

const slicer = new Slicer(new SystemClock());
const byNumber = ([a]: readonly [number, number], [b]: readonly [number, number]): number => a - b;
const numbers = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 0, maxLength: 3_000, size: 'max' });

describe('sorting in slices', () => {
  test('gives the order that a stable sort gives', async () => {
    await fc.assert(
      fc.asyncProperty(numbers, async (given) => {
        const items = given.map((number, place) => [number, place] as const);
        expect(await sortedInSlices(items, byNumber, slicer)).toEqual(items.toSorted(byNumber));
      }),
      { numRuns: 30 },
    );
  });

  test('finds the first ones without sorting the rest, and those of the same rank in their order', async () => {
    await fc.assert(
      fc.asyncProperty(numbers, fc.integer({ min: 1, max: 200 }), async (given, count) => {
        const items = given.map((number, place) => [number, place] as const);
        const first = await firstByRank(items, ([number]) => number, { count, slicer });
        expect(first).toEqual(items.toSorted(byNumber).slice(0, count));
      }),
      { numRuns: 30 },
    );
  });

  test('keeps items that never come in their order', async () => {
    const never = [3, 1, 2].map((place) => ({ place }));
    const first = await firstByRank(never, () => Number.POSITIVE_INFINITY, { count: 2, slicer });
    expect(first.map(({ place }) => place)).toEqual([3, 1]);
  });
});
