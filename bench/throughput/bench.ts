import { setTimeout as sleep } from 'node:timers/promises';
import { createScheduler, type RunRecord, type Scheduler } from '../../src/index.ts';
import type { Benchmark } from '../bench.ts';

const SCHEDULES = 200;
const THREADS = 2;
const WARM_UP_MS = 1_000;

/** How many runs the clock started, and how many occurrences did not run. */
interface ClockThroughput {
  readonly runsPerSecond: number;
  readonly notRun: Readonly<Record<string, number>>;
}

/** Empty runs a second from end to end: clock or trigger, machine, pool, record, event on the host. */
export const throughputBenchmark: Benchmark = {
  name: 'throughput',
  summary: 'empty runs a second from end to end, by the clock and by trigger()',
  run: async ({ isQuick }) => {
    const durationMs = isQuick ? 2_000 : 10_000;
    const byClock = await withScheduler('10ms', (scheduler) => countClockRuns(scheduler, durationMs));
    const byTrigger = await withScheduler('1d', (scheduler) => countTriggeredRuns(scheduler, durationMs));
    return {
      parameters: { schedules: SCHEDULES, threads: THREADS, durationMs },
      figures: { byClock, byTrigger: { runsPerSecond: byTrigger } },
      tables: [
        {
          title: `empty runs a second on ${THREADS} threads`,
          columns: ['', 'runs/s', 'occurrences that did not run'],
          rows: [
            [
              `${SCHEDULES} schedules every 10 ms (20,000 occurrences/s)`,
              byClock.runsPerSecond,
              JSON.stringify(byClock.notRun),
            ],
            [`trigger(), ${SCHEDULES} at a time`, byTrigger, ''],
          ],
        },
      ],
    };
  },
};

async function withScheduler<T>(cron: string, measure: (scheduler: Scheduler) => Promise<T>): Promise<T> {
  const scheduler = await createScheduler({
    plugins: [{ module: '../empty-plugin.ts', options: { schedules: SCHEDULES, cron } }],
    baseUrl: import.meta.url,
    pool: { minThreads: THREADS, maxThreads: THREADS },
    logger: { level: 'silent' },
  });
  await scheduler.start();
  try {
    return await measure(scheduler);
  } finally {
    await scheduler.stop();
  }
}

async function countClockRuns(scheduler: Scheduler, durationMs: number): Promise<ClockThroughput> {
  let runs = 0;
  const notRun: Record<string, number> = {};
  await sleep(WARM_UP_MS);
  scheduler.on('run', ({ outcome }) => {
    if (outcome === 'succeeded') runs += 1;
  });
  scheduler.on('decision', ({ outcome, count }) => {
    notRun[outcome] = (notRun[outcome] ?? 0) + count;
  });
  const startedAtMs = performance.now();
  await sleep(durationMs);
  const runsPerSecond = perSecond(runs, performance.now() - startedAtMs);
  return { runsPerSecond, notRun: { ...notRun } };
}

/** Triggers every schedule again as soon as its run has ended. */
async function countTriggeredRuns(scheduler: Scheduler, durationMs: number): Promise<number> {
  const endAtMs = performance.now() + durationMs;
  const keys = (await scheduler.schedules()).map(({ key }) => key);
  const listeners = new Map<string, () => void>();
  scheduler.on('run', ({ key }: RunRecord) => listeners.get(key)?.());
  let runs = 0;
  const lane = async (key: string): Promise<void> => {
    while (performance.now() < endAtMs) {
      const settled = new Promise<void>((resolve) => listeners.set(key, resolve));
      await scheduler.trigger(key);
      await settled;
      runs += 1;
    }
  };
  const startedAtMs = performance.now();
  await Promise.all(keys.map(lane));
  return perSecond(runs, performance.now() - startedAtMs);
}

function perSecond(count: number, elapsedMs: number): number {
  return Math.round((count / elapsedMs) * 1_000);
}
