/** What thousands of schedules do that have missed the same night. */
import { describe, expect, test } from 'vitest';
import type { MissedRunPolicy, Schedule, ScheduledPlugin } from '../../src/plugin.ts';
import { createVirtualScheduler, type VirtualScheduler } from '../../src/testing/index.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const COUNT = 3_000;
const START = Date.parse('2026-03-05T02:00:00Z');
/** When the process is back. */
const BACK = Date.parse('2026-03-06T02:00:00Z') + 3 * HOUR;

function plugin(own: Partial<Schedule>): ScheduledPlugin {
  const schedules = Array.from({ length: COUNT }, (_, index) => ({ id: `s${index}`, cron: '0 3 * * *', ...own }));
  return { name: 'p', schedules: () => schedules, run: () => {} };
}

/** A process with these schedules that was down for more than a day, and has just been started again. */
async function back(own: Partial<Schedule>): Promise<VirtualScheduler> {
  const scheduler = await createVirtualScheduler({
    plugins: [plugin(own)],
    startAt: START,
    threads: 4,
    maxQueue: 1_000,
    runMs: 100,
  });
  await scheduler.start();
  await scheduler.advance('10m');
  await scheduler.stop();
  await scheduler.restart({ after: BACK - scheduler.now });
  return scheduler;
}

/** How many runs began in each ten minutes since the process was back. */
function startsByTenMinutes({ runs }: VirtualScheduler): number[] {
  const starts = Array.from({ length: 6 }, () => 0);
  for (const { startedAtMs } of runs) {
    const index = Math.floor((startedAtMs - BACK) / (10 * MINUTE));
    starts[index] = (starts[index] ?? 0) + 1;
  }
  return starts;
}

describe('three thousand schedules that missed a night', () => {
  test.each(['run-once', 'run-all'] as const)('all run, spread over their jitter: %s', async (missedRunPolicy) => {
    const scheduler = await back({ missedRunPolicy, jitterMs: HOUR });
    await scheduler.advance('3h');
    const { runs, decisions } = scheduler;
    expect(new Set(runs.map(({ key }) => key)).size).toBe(COUNT);
    const days = missedRunPolicy === 'run-all' ? 2 : 1;
    expect(runs.length).toBe(days * COUNT);
    expect(runs.every(({ outcome, trigger }) => outcome === 'succeeded' && trigger === 'catch-up')).toBe(true);
    expect(decisions.filter(({ outcome }) => outcome !== 'missed-skipped')).toEqual([]);
    const starts = startsByTenMinutes(scheduler);
    expect(starts.length).toBe(6);
    for (const count of starts) expect(Math.abs(count / runs.length - 1 / 6)).toBeLessThan(0.05);
  });

  test.each(['run-once', 'run-all'] as const)('without jitter wait for room in the pool: %s', async (policy) => {
    const scheduler = await back({ missedRunPolicy: policy });
    await scheduler.advance('1m');
    const early = scheduler.runs.length;
    expect(early).toBeGreaterThan(2_000);
    await scheduler.advance('10m');
    expect(scheduler.runs.length).toBe((policy === 'run-all' ? 2 : 1) * COUNT);
    expect(scheduler.decisions.filter(({ outcome }) => outcome === 'pool-full')).toEqual([]);
    // As fast as the threads are: nothing waits while one of them is free.
    const lastMs = Math.max(...scheduler.runs.map(({ finishedAtMs }) => finishedAtMs));
    expect(lastMs - BACK).toBeLessThan((scheduler.runs.length / 4) * 100 * 1.02);
  });

  test('let what is on time go first', async () => {
    const nightly = plugin({});
    const minutely: ScheduledPlugin = {
      name: 'q',
      schedules: () => [{ id: 'minutely', cron: '* * * * *' }],
      run: () => {},
    };
    const scheduler = await createVirtualScheduler({
      plugins: [nightly, minutely],
      startAt: START,
      threads: 1,
      maxQueue: 10,
      runMs: 1_000,
    });
    await scheduler.start();
    await scheduler.stop();
    await scheduler.restart({ after: BACK - scheduler.now });
    await scheduler.advance('40m');
    const onTime = scheduler.runs.filter(({ key, trigger }) => key === 'q/minutely' && trigger === 'clock');
    expect(onTime.length).toBeGreaterThanOrEqual(39);
    expect(Math.max(...onTime.map(({ lateness }) => lateness.totalMs))).toBeLessThanOrEqual(1_000);
    expect(scheduler.decisions.filter(({ outcome }) => outcome === 'pool-full')).toEqual([]);
  });

  test.each<[string, MissedRunPolicy]>([
    ['are made up for', 'run-once'],
    ['are made up for', 'run-all'],
  ])('%s after a stop in the midst of it: %s', async (_, missedRunPolicy) => {
    const scheduler = await back({ missedRunPolicy });
    await scheduler.advance('20s');
    const before = scheduler.runs.length;
    expect(before).toBeLessThan(COUNT);
    await scheduler.stop();
    await scheduler.restart({ after: MINUTE });
    await scheduler.advance('10m');
    const succeeded = scheduler.runs.filter(({ outcome }) => outcome === 'succeeded');
    expect(new Set(succeeded.map(({ key }) => key)).size).toBe(COUNT);
    const occurrences = new Set(succeeded.map(({ key, scheduledAtMs }) => `${key}@${scheduledAtMs}`));
    expect(occurrences.size).toBe((missedRunPolicy === 'run-all' ? 2 : 1) * COUNT);
  });

  test('skip what waits when a schedule is paused, and forget what waits when it is removed', async () => {
    const scheduler = await back({ missedRunPolicy: 'run-once' });
    await scheduler.advance('1s');
    const [key] = (await scheduler.schedules()).map((schedule) => schedule.key).slice(-1) as [string];
    await scheduler.pause(key);
    await scheduler.advance('10m');
    expect(scheduler.runs.filter((run) => run.key === key)).toEqual([]);
    await scheduler.resume(key);
    await scheduler.advance('10m');
    expect(scheduler.runs.length).toBe(COUNT - 1);
    expect(scheduler.decisions.filter((decision) => decision.key === key)).toMatchObject([
      { reason: 'paused', count: 2 },
    ]);
  });
});
