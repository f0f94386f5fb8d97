import v8 from 'node:v8';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TransientMap } from '../../../src/machines/collections/transient-map.ts';
import { collector } from '../../support/collect-garbage.ts';

const MIB = 1_024 * 1_024;

const step = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), key: fc.nat(12) }),
  fc.record({ kind: fc.constant('delete' as const), key: fc.nat(12) }),
  fc.record({ kind: fc.constant('clear' as const) }),
);

describe('TransientMap', () => {
  test('holds what a Map would hold, in the same order', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const [map, model] = [new TransientMap<number, object>(), new Map<number, object>()];
        for (const [index, taken] of steps.entries()) {
          if (taken.kind === 'clear') {
            map.clear();
            model.clear();
          } else if (taken.kind === 'delete') expect(map.delete(taken.key)).toBe(model.delete(taken.key));
          else {
            const value = { index };
            map.set(taken.key, value);
            model.set(taken.key, value);
          }
          expect([map.size, [...map.keys()], [...map.values()]]).toEqual([
            model.size,
            [...model.keys()],
            [...model.values()],
          ]);
          for (let key = 0; key <= 12; key += 1) {
            expect([map.has(key), map.get(key)]).toEqual([model.has(key), model.get(key)]);
          }
        }
      }),
    );
  });

  test('lets go of values that are gone without a full collection', () => {
    const map = new TransientMap<number, object>();
    const collectYoung = collector({ type: 'minor' });
    const live = 50;
    for (let key = 0; key < live; key += 1) map.set(key, {});
    // Its table is old from now on.
    for (let count = 0; count < 4; count += 1) collectYoung();
    const before = oldBytes();
    for (let key = live; key < 20_000; key += 1) {
      map.set(key, new Array(128).fill(key));
      map.delete(key - live);
      if (key % 200 === 0) collectYoung();
    }
    // They took 20 MiB. A Map keeps 13 of them, and this one its boxes and tables.
    expect(oldBytes() - before).toBeLessThan(3 * MIB);
  });
});

function oldBytes(): number {
  return v8.getHeapSpaceStatistics().find(({ space_name: name }) => name === 'old_space')?.space_used_size ?? 0;
}
