/** What `run-all` promises: every occurrence starts at least once, and is an overlap only of a run that executes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LockingPlugin } from '../../src/supervisor/ports/locking.ts';
import type { WriteAnswer } from '../../src/supervisor/ports/store.ts';
import { define, every, missedRules, VirtualEngine } from '../support/virtual-engine.ts';
import type { RunScript } from '../support/virtual-pool.ts';

const SECOND = 1_000;
const HOUR = 3_600_000;

const secondly = define('p/s', every(SECOND), { missed: missedRules('run-all') });

/** The seconds since the start at which its occurrences were, in the order of their runs. */
function ranIn(node: VirtualEngine, startMs: number): number[] {
  return node.runs
    .filter(({ key, threadId }) => key === 'p/s' && threadId !== undefined)
    .map(({ scheduledAtMs }) => (scheduledAtMs - startMs) / SECOND);
}

/** The scripts of the first runs of `p/s`, in turn; the others take a millisecond. */
function scripted(node: VirtualEngine, ...scripts: readonly RunScript[]): void {
  const left = [...scripts];
  node.pool.script = ({ key }) => (key === 'p/s' ? left.shift() : undefined) ?? { durationMs: 1 };
}

describe('an occurrence of run-all that falls due beside a run', () => {
  test('follows a run that waits for its module', async () => {
    const node = new VirtualEngine();
    const startMs = node.clock.nowMs();
    scripted(node, { loadMs: 2_020, durationMs: 1 });
    node.start(secondly);
    await node.clock.advance(5.5 * SECOND);
    expect(ranIn(node, startMs)).toEqual([1, 2, 3, 4, 5]);
    expect(node.decisions).toEqual([]);
    expect(node.unaccounted()).toEqual([]);
  });

  test('follows a run during which the process was stopped, because nothing executed meanwhile', async () => {
    const node = new VirtualEngine();
    const startMs = node.clock.nowMs();
    scripted(node, { durationMs: 3_500 });
    node.start(secondly);
    await node.clock.advance(1_500);
    node.clock.suspend(2_400);
    await node.clock.advance(4 * SECOND);
    expect(ranIn(node, startMs)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(node.decisions).toEqual([]);
    expect(node.unaccounted()).toEqual([]);
  });

  test('follows a run that waits for its module for so long that many are missed', async () => {
    const node = new VirtualEngine();
    const startMs = node.clock.nowMs();
    scripted(node, { loadMs: 10, durationMs: 1 }, { loadMs: 30 * SECOND, durationMs: 1 });
    node.start(secondly);
    node.clock.suspend(5.4 * SECOND);
    await node.clock.advance(60 * SECOND);
    expect(ranIn(node, startMs)).toEqual(Array.from({ length: 65 }, (_, index) => index + 1));
    expect(node.decisions).toEqual([]);
    expect(node.runs.at(-1)).toMatchObject({ trigger: 'clock', lateness: { totalMs: 0 } });
  });

  test('follows a run that waits for a thread', async () => {
    const node = new VirtualEngine({ threads: 1 });
    const startMs = node.clock.nowMs();
    node.pool.script = ({ key }) => ({ durationMs: key === 'p/long' ? 3_500 : 1 });
    node.start(define('p/long', every(10 * SECOND), { priority: 1 }), secondly);
    await node.clock.advance(38.5 * SECOND);
    expect(ranIn(node, startMs)).toEqual(Array.from({ length: 38 }, (_, index) => index + 1));
    expect(node.decisions).toEqual([]);
  });

  test('follows a run that waits for its lock', async () => {
    const isBack = Promise.withResolvers<void>();
    let lastLock = 0;
    const locking: LockingPlugin = {
      name: 'slow',
      tryLock: async (key, ttlMs) => {
        await isBack.promise;
        lastLock += 1;
        return { key, lockId: `${lastLock}`, ttlMs };
      },
      renew: async () => true,
      release: async () => {},
    };
    const node = new VirtualEngine({ locking });
    const startMs = node.clock.nowMs();
    node.start(secondly);
    await node.clock.advance(3.5 * SECOND);
    expect([ranIn(node, startMs), node.decisions]).toEqual([[], []]);
    isBack.resolve();
    await node.clock.advance(SECOND);
    expect(ranIn(node, startMs)).toEqual([1, 2, 3, 4]);
  });

  test('follows a run that waits for a broken lock backend to come back', async () => {
    let isAway = true;
    const locking: LockingPlugin = {
      name: 'broken',
      tryLock: async (key, ttlMs) => {
        if (isAway) throw new Error('backend away');
        return { key, lockId: 'lock', ttlMs };
      },
      renew: async () => true,
      release: async () => {},
    };
    const node = new VirtualEngine({ locking });
    const startMs = node.clock.nowMs();
    node.start(secondly);
    await node.clock.advance(5.5 * SECOND);
    isAway = false;
    await node.clock.advance(10 * SECOND);
    expect(node.decisions).toEqual([]);
    expect(ranIn(node, startMs).slice(0, 6)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('follows a run whose end is being written', async () => {
    const node = new VirtualEngine();
    const startMs = node.clock.nowMs();
    const write = node.store.write.bind(node.store);
    const written = Promise.withResolvers<void>();
    node.store.write = async (entry): Promise<WriteAnswer> => {
      if (entry.kind === 'settled' && entry.settled.record.scheduledAtMs === startMs + SECOND) await written.promise;
      return write(entry);
    };
    node.start(secondly);
    await node.clock.advance(4.5 * SECOND);
    written.resolve();
    await node.clock.advance(SECOND);
    expect(ranIn(node, startMs)).toEqual([1, 2, 3, 4, 5]);
    expect(node.decisions).toEqual([]);
  });

  test.each([1_010, 4_500])('follows a run whose report is on the way, for %i ms', async (reportMs) => {
    const node = new VirtualEngine();
    const startMs = node.clock.nowMs();
    scripted(node, { durationMs: 1, reportMs });
    node.start(secondly);
    await node.clock.advance(9.5 * SECOND);
    expect(ranIn(node, startMs)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(node.decisions).toEqual([]);
  });

  test('is an overlap of a run that executed, and not of the time until its report', async () => {
    const node = new VirtualEngine();
    const startMs = node.clock.nowMs();
    scripted(node, { durationMs: 2_500, reportMs: 2_000 });
    node.start(secondly);
    await node.clock.advance(8.5 * SECOND);
    expect(ranIn(node, startMs)).toEqual([1, 4, 5, 6, 7, 8]);
    expect(node.decisions).toMatchObject([{ outcome: 'overlap', fromMs: startMs + 2 * SECOND, count: 2 }]);
    expect(node.unaccounted()).toEqual([]);
  });

  test('is an overlap of a run that takes long, also before that has ended', async () => {
    const node = new VirtualEngine();
    scripted(node, { durationMs: HOUR });
    node.start(secondly);
    await node.clock.advance(20.5 * SECOND);
    expect(node.outcomes('p/s')).toEqual({ overlap: 14 });
    await node.clock.advance(HOUR);
    expect(node.outcomes('p/s')).toMatchObject({ overlap: HOUR / SECOND - 1 });
    expect(node.unaccounted()).toEqual([]);
  });

  test('is an overlap of a run that executes, if none before it waits', async () => {
    const node = new VirtualEngine();
    const startMs = node.clock.nowMs();
    scripted(node, { durationMs: 2_500 });
    node.start(secondly);
    await node.clock.advance(5.5 * SECOND);
    expect(ranIn(node, startMs)).toEqual([1, 4, 5]);
    expect(node.decisions).toMatchObject([{ outcome: 'overlap', fromMs: startMs + 2 * SECOND, count: 2 }]);
    expect(node.unaccounted()).toEqual([]);
  });

  test('follows those that waited for a run to start, also when that run takes long', async () => {
    const node = new VirtualEngine();
    const startMs = node.clock.nowMs();
    scripted(node, { loadMs: 1_500, durationMs: 900 });
    node.start(secondly);
    await node.clock.advance(6.5 * SECOND);
    expect(ranIn(node, startMs)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('is an overlap of a thread that is stuck', async () => {
    const node = new VirtualEngine();
    scripted(node, { durationMs: 100, outcome: 'timed-out', quarantinedForMs: HOUR });
    node.start(secondly);
    await node.clock.advance(10.5 * SECOND);
    expect(node.outcomes('p/s')).toEqual({ 'timed-out': 1, overlap: 4 });
    await node.clock.advance(HOUR);
    expect(node.outcomes('p/s')).toMatchObject({ 'timed-out': 1, overlap: HOUR / SECOND });
  });

  test('follows a run that waits for its module while the plugin is reloaded', async () => {
    const node = new VirtualEngine();
    const startMs = node.clock.nowMs();
    scripted(node, { loadMs: 1_300, durationMs: 500 });
    node.start(secondly);
    await node.clock.advance(2.1 * SECOND);
    node.engine.schedules.replace(node.engine.schedules.get('p/s'), { ...secondly, priority: 7 });
    // The run has begun, and what fell due before that is known to a schedule that is planned anew.
    await node.clock.advance(0.3 * SECOND);
    node.engine.schedules.replace(node.engine.schedules.get('p/s'), secondly);
    await node.clock.advance(2.1 * SECOND);
    expect(ranIn(node, startMs)).toEqual([1, 2, 3, 4]);
    expect(node.decisions).toEqual([]);
  });
});

describe('a schedule of run-all whose runs wait now and then, on a machine that sleeps', () => {
  test('starts every occurrence but those that fell due while a run executed, in order', async () => {
    const reached = { clock: 0, 'catch-up': 0, overlap: 0 };
    const step = fc.record({
      loadMs: fc.constantFrom(0, 1, 300, 999, 1_000, 1_001, 5_000),
      durationMs: fc.constantFrom(0, 1, 250, 600),
      advanceMs: fc.integer({ min: 1, max: 3_000 }),
      suspendMs: fc.constantFrom(0, 0, 0, 1, 1_500, 20_000),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
        const node = new VirtualEngine({ threads: 1 });
        const startMs = node.clock.nowMs();
        const left = steps.map(({ loadMs, durationMs }) => ({ loadMs, durationMs }));
        scripted(node, ...left);
        node.start(secondly);
        for (const { advanceMs, suspendMs } of steps) {
          await node.clock.advance(advanceMs);
          // What executes while the machine sleeps seems to take that long.
          if (node.pool.stats().running === 0) node.clock.suspend(suspendMs);
        }
        // To the middle of a second, when nothing is under way.
        await node.clock.advance(200 * SECOND + 500 - ((node.clock.nowMs() - startMs) % SECOND));
        const overlaps = node.decisions.flatMap(({ fromMs, count }) =>
          Array.from({ length: count }, (_, index) => fromMs + index * SECOND),
        );
        const isMet = (atMs: number): boolean =>
          node.runs.some(({ startedAtMs, finishedAtMs }) => startedAtMs <= atMs && finishedAtMs > atMs);
        expect(overlaps.filter((atMs) => !isMet(atMs))).toEqual([]);
        const ran = ranIn(node, startMs);
        expect(ran).toEqual(ran.toSorted((a, b) => a - b));
        const last = Math.floor((node.clock.nowMs() - startMs) / SECOND);
        const all = [...ran, ...overlaps.map((atMs) => (atMs - startMs) / SECOND)].sort((a, b) => a - b);
        expect(all).toEqual(Array.from({ length: last }, (_, index) => index + 1));
        reached.overlap += overlaps.length;
        for (const { trigger } of node.runs) reached[trigger as keyof typeof reached] += 1;
      }),
      { numRuns: 100 },
    );
    for (const [what, count] of Object.entries(reached)) expect(count, what).toBeGreaterThan(10);
  });
});
