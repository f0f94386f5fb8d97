import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SystemClock } from '../../../../src/supervisor/clocks/system-clock.ts';
import { sortedInSlices } from '../../../../src/supervisor/operating/listing/sorting.ts';
import { Slicer } from '../../../../src/supervisor/ports/slicer.ts';

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
});
