import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DueEntry, DueQueue } from '../../../src/supervisor/planning/due-queue.ts';

type Entry = DueEntry & { readonly id: number };

const entry = (id: number): Entry => ({ id, dueAtMs: 0, heapIndex: -1 });

describe('DueQueue', () => {
  test('gives out what is due, whatever was queued, moved and removed before', () => {
    const command = fc.record({ id: fc.nat(20), dueAtMs: fc.option(fc.nat(100)) });
    const commands = fc.array(command, { maxLength: 200 });
    fc.assert(
      fc.property(commands, fc.nat(100), (steps, nowMs) => {
        const queue = new DueQueue<Entry>();
        const entries = Array.from({ length: 21 }, (_, id) => entry(id));
        const model = new Map<number, number>();
        for (const { id, dueAtMs } of steps) {
          if (dueAtMs === null) {
            queue.remove(entries[id] as Entry);
            model.delete(id);
          } else {
            queue.set(entries[id] as Entry, dueAtMs);
            model.set(id, dueAtMs);
          }
          expect(queue.nextDueAtMs).toBe(Math.min(Number.POSITIVE_INFINITY, ...model.values()));
        }
        const due = queue.takeDue(nowMs);
        const expected = [...model].filter(([, dueAtMs]) => dueAtMs <= nowMs).map(([id]) => id);
        expect(due.map(({ id }) => id).toSorted((a, b) => a - b)).toEqual(expected.toSorted((a, b) => a - b));
        expect(due.map(({ dueAtMs }) => dueAtMs)).toEqual(due.map(({ dueAtMs }) => dueAtMs).toSorted((a, b) => a - b));
        expect(queue.size).toBe(model.size - due.length);
        expect(due.every(({ heapIndex }) => heapIndex === -1)).toBe(true);
      }),
    );
  });
});
