/** A scheduler is drained in the middle of a storm: hundreds of schedules are due, few of them can run at a time. */
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ScheduledPlugin } from '../../src/plugin.ts';
import { createVirtualScheduler, type VirtualScheduler } from '../../src/testing/index.ts';

const COUNT = 200;
const THREADS = 4;
const RUN_MS = 300;
/** All of them fall due at the full minute. */
const STORM: ScheduledPlugin = {
  name: 'storm',
  schedules: () => Array.from({ length: COUNT }, (_, index) => ({ id: `s${index}`, cron: '* * * * *' })),
  run: () => {},
};

/** A scheduler that is in the middle of its first storm: a fifth of the runs have ended. */
async function inStorm(options: { readonly locking?: boolean } = {}): Promise<VirtualScheduler> {
  const scheduler = await createVirtualScheduler({ plugins: [STORM], threads: THREADS, runMs: RUN_MS, ...options });
  onTestFinished(() => scheduler.stop().then(nothing, nothing));
  await scheduler.start();
  await scheduler.advance(60_000 + 10 * RUN_MS + RUN_MS / 2);
  return scheduler;
}

const nothing = (): void => {};

async function unaccounted(scheduler: VirtualScheduler): Promise<string[]> {
  return (await scheduler.schedules())
    .filter(({ dueCount, outcomes }) => dueCount !== Object.values(outcomes).reduce((sum, count) => sum + count, 0))
    .map(({ key }) => key);
}

describe.each([false, true])('a drain in a storm (locks: %s)', (locking) => {
  test('lets all that is under way or waits finish, each once, and starts nothing after that', async () => {
    const scheduler = await inStorm({ locking });
    const before = scheduler.runs.length;
    expect([before >= 10 * THREADS - THREADS, before < COUNT]).toEqual([true, true]);
    const report = await scheduler.drain();
    expect(report.unfinished).toEqual([]);
    expect(report.finished).toHaveLength(COUNT - before);
    expect(new Set(scheduler.runs.map(({ key }) => key)).size).toBe(COUNT);
    expect(scheduler.runs.every(({ outcome }) => outcome === 'succeeded')).toBe(true);

    const ended = scheduler.runs.length;
    await scheduler.advance('10m');
    expect(scheduler.runs).toHaveLength(ended);
    expect((await scheduler.stats()).queue).toMatchObject({ nextDueAtMs: null });
    expect(await unaccounted(scheduler)).toEqual([]);
  });

  test('gives the same report to all that ask, and a stop after it ends nothing', async () => {
    const scheduler = await inStorm({ locking });
    const drains = [scheduler.drain(), scheduler.drain({ timeout: 0 }), scheduler.drain()];
    const [first, second, third] = await Promise.all(drains);
    expect([second, third]).toEqual([first, first]);
    expect(await scheduler.drain()).toEqual(first);
    expect(await unaccounted(scheduler)).toEqual([]);
    expect(await scheduler.stop({ drain: 0 })).toEqual({ finished: [], aborted: [], killed: [] });
  });

  test('ends at once with a stop, which says what becomes of every run', async () => {
    const scheduler = await inStorm({ locking });
    const before = scheduler.runs.length;
    const drained = scheduler.drain();
    const stopped = await scheduler.stop({ drain: RUN_MS });
    const report = await drained;
    expect(report.unfinished).toEqual([]);
    expect(report.finished).toHaveLength(COUNT - before);
    expect(stopped.finished.length).toBeGreaterThan(0);
    expect(stopped.finished.length + stopped.aborted.length).toBe(COUNT - before);
    expect(stopped.killed).toEqual([]);
    const outcomes = scheduler.runs.slice(before).map(({ outcome }) => outcome);
    expect(outcomes.filter((outcome) => outcome === 'succeeded')).toHaveLength(stopped.finished.length);
    expect(outcomes.filter((outcome) => outcome === 'aborted')).toHaveLength(stopped.aborted.length);
  });

  test('names what goes on when its time is over', async () => {
    const scheduler = await inStorm({ locking });
    const before = scheduler.runs.length;
    const { finished, unfinished } = await scheduler.drain({ timeout: 2 * RUN_MS });
    expect([finished.length, unfinished.length]).toEqual([2 * THREADS, COUNT - before - 2 * THREADS]);
    await scheduler.advance('1m');
    expect(scheduler.runs).toHaveLength(COUNT);
    expect(await unaccounted(scheduler)).toEqual([]);
  });

  test('is unknown to the process that follows a crash: it settles what was under way and goes on', async () => {
    const scheduler = await inStorm({ locking });
    await scheduler.drain({ timeout: RUN_MS });
    await scheduler.crash();
    const crashedAtMs = scheduler.now;
    await scheduler.restart({ after: '1m' });
    expect((await scheduler.stats()).isDraining).toBe(false);
    await scheduler.advance('3m');
    const after = scheduler.runs.filter(({ startedAtMs }) => (startedAtMs ?? 0) > crashedAtMs);
    expect(scheduler.runs.filter(({ outcome }) => outcome === 'lost').length).toBeGreaterThan(0);
    expect(new Set(after.map(({ key }) => key)).size).toBe(COUNT);
    expect(after.every(({ outcome }) => outcome === 'succeeded')).toBe(true);
    await scheduler.drain();
    expect(await unaccounted(scheduler)).toEqual([]);
  });
});

test('a drain before the first occurrence finds nothing to wait for, and none runs', async () => {
  const scheduler = await createVirtualScheduler({ plugins: [STORM] });
  await scheduler.start();
  expect(await scheduler.drain()).toEqual({ finished: [], unfinished: [] });
  await scheduler.advance('5m');
  expect(scheduler.runs).toEqual([]);
  await expect(scheduler.trigger('storm/s0')).rejects.toThrow('while the scheduler is draining');
  await scheduler.stop();
  await expect(scheduler.drain()).rejects.toThrow('"drain" is not possible while the scheduler is not running');
});
