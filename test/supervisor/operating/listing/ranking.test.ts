import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SystemClock } from '../../../../src/supervisor/clocks/system-clock.ts';
import { pageByRank } from '../../../../src/supervisor/operating/listing/ranking.ts';
import { Slicer } from '../../../../src/supervisor/ports/slicer.ts';

const slicer = new Slicer(new SystemClock());
const rankOf = ([rank]: readonly [number, number]): number => rank;
const ranks = fc.array(
  fc.oneof(fc.integer({ min: -50, max: 50 }), fc.constantFrom(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY)),
  { minLength: 0, maxLength: 2_000, size: 'max' },
);

describe('a page in the order of ranks', () => {
  test('is what a stable sort has there', async () => {
    await fc.assert(
      fc.asyncProperty(ranks, fc.nat(2_200), fc.integer({ min: 1, max: 300 }), async (given, from, count) => {
        const items = given.map((rank, place) => [rank, place] as const);
        const until = from + count;
        // Infinity less Infinity is not a number.
        const sorted = items.toSorted(([a], [b]) => (a === b ? 0 : a - b));
        expect(await pageByRank(items, rankOf, { from, until, slicer })).toEqual(sorted.slice(from, until));
      }),
      { numRuns: 60 },
    );
  });

  test('is whole when all are of the same rank, and when they are in the wrong order', async () => {
    const level = Array.from({ length: 5_000 }, (_, place) => [7, place] as const);
    const bounds = { from: 2_498, until: 2_502, slicer };
    expect((await pageByRank(level, rankOf, bounds)).map(([, place]) => place)).toEqual([2_498, 2_499, 2_500, 2_501]);
    const falling = Array.from({ length: 5_000 }, (_, place) => [-place, place] as const);
    expect((await pageByRank(falling, rankOf, bounds)).map(([, place]) => place)).toEqual([2_501, 2_500, 2_499, 2_498]);
  });
});
