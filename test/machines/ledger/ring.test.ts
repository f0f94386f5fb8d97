import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Ring } from '../../../src/machines/ledger/ring.ts';
import { collectGarbage } from '../../support/collect-garbage.ts';

describe('Ring', () => {
  test('answers as an array would of which only the newest items are left', () => {
    const capacities = fc.integer({ min: 0, max: 6 });
    const items = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 20 });
    fc.assert(
      fc.property(capacities, items, items, (capacity, earlier, later) => {
        const ring = new Ring(capacity, earlier);
        for (const item of later) ring.push(item);
        const all = [...earlier, ...later];
        const left = all.slice(Math.max(all.length - capacity, 0));
        expect(ring.items()).toEqual(left);
        expect(ring.last).toBe(left.at(-1));
        const isEven = (item: number): boolean => item % 2 === 0;
        expect(ring.newest(isEven, 2)).toEqual(left.toReversed().filter(isEven).slice(0, 2));
      }),
    );
  });

  test('holds no item that it does not show', async () => {
    const ring = new Ring<{ readonly payload: number }>(2);
    const items = [1, 2, 3].map((payload) => {
      const item = { payload };
      ring.push(item);
      return new WeakRef(item);
    });
    await collectGarbage();
    expect(items.map((item) => item.deref()?.payload)).toEqual([undefined, 2, 3]);
    expect(ring.last).toEqual({ payload: 3 });
  });

  test('replaces an item where it is, and leaves the others alone when it was dropped', () => {
    const ring = new Ring(3, ['a', 'b', 'c']);
    ring.push('d');
    ring.replace('c', 'C');
    ring.replace('a', 'A');
    expect(ring.items()).toEqual(['b', 'C', 'd']);
  });
});
