import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type QueuedRun, RunQueue } from '../../../../src/supervisor/running/pool/run-queue.ts';

const runs = fc.array(
  fc.record({ isCatchup: fc.boolean(), priority: fc.integer({ min: 0, max: 3 }), isRemoved: fc.boolean() }),
);

test('a run queue gives what was not taken out: on-time first, then by priority, then by arrival', () => {
  fc.assert(
    fc.property(runs, (described) => {
      const queue = new RunQueue<QueuedRun>();
      const all = described.map((run, index) => ({ ...run, taskId: `run-${index}` }));
      for (const run of all) queue.push(run, 0);
      for (const run of all) if (run.isRemoved) expect(queue.take(run.taskId)).toBe(run);
      const kept = all.filter(({ isRemoved }) => !isRemoved);

      expect(queue.size).toBe(kept.length);
      const ranked = kept.toSorted((a, b) => Number(a.isCatchup) - Number(b.isCatchup) || a.priority - b.priority);
      expect(kept.map(() => queue.shift())).toEqual(ranked);
      expect(queue.shift()).toBeUndefined();
    }),
  );
});

test('a run that is put back comes before its equals', () => {
  const queue = new RunQueue<QueuedRun>();
  const [first, second] = ['first', 'second'].map((taskId) => ({ taskId, isCatchup: false, priority: 1 }));
  if (first !== undefined) queue.push(first, 0);
  const taken = queue.shift();
  if (second !== undefined) queue.push(second, 0);

  if (taken !== undefined) queue.unshift(taken);

  expect(queue.shift()).toBe(first);
});

test('a run whose schedule falls due again soon goes before its equals, by a second at most', () => {
  const queue = new RunQueue<QueuedRun>();
  const run = (taskId: string, periodMs?: number): QueuedRun => {
    return { taskId, isCatchup: false, priority: 1, untilNextMs: periodMs === undefined ? undefined : () => periodMs };
  };
  queue.push(run('daily', 86_400_000), 0);
  queue.push(run('by hand'), 1);
  queue.push(run('soon'), 5);
  queue.push(run('every 10 ms', 10), 900);
  queue.push(run('every 10 ms, too late', 10), 1_000);
  queue.push({ ...run('urgent', 86_400_000), priority: 0 }, 2_000);

  const order = Array.from({ length: queue.size }, () => queue.shift()?.taskId);

  expect(order).toEqual(['urgent', 'every 10 ms', 'daily', 'by hand', 'soon', 'every 10 ms, too late']);
});
