import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createScheduler, type SchedulerStats } from '../../src/index.ts';
import type { Benchmark } from '../bench.ts';
import { type StoreName, storeOf } from '../stores.ts';

const SCHEDULES = 200;
const PERIOD = '100ms';
const RUNS_PER_SECOND = 2_000;
const THREADS = 2;
const WARM_UP_MS = 2_000;

/** One store under the load. */
interface StorePhase {
  readonly store: string;
  readonly recordedPerSecond: number;
  readonly notRun: number;
  readonly tickP99Ms: number;
  readonly lockP50Ms: number;
  readonly lockP99Ms: number;
  readonly startP99Ms: number;
  readonly fileMb: number;
}

/** What a durable store costs: the same load on each store, one after another, twice. */
export const storeBenchmark: Benchmark = {
  name: 'store',
  summary: '2,000 runs a second recorded in memory and in SQLite, and how late ticks are with each',
  run: async ({ isQuick }) => {
    const durationMs = isQuick ? 3_000 : 30_000;
    const phases: StorePhase[] = [];
    for (const name of ['memory', 'sqlite relaxed', 'sqlite strict', 'sqlite relaxed', 'memory'] as const) {
      phases.push(await measure(name, durationMs));
    }
    return {
      parameters: {
        schedules: SCHEDULES,
        period: PERIOD,
        threads: THREADS,
        durationMs,
        offeredPerSecond: RUNS_PER_SECOND,
      },
      figures: { phases, tickP99Ratio: tickRatio(phases) },
      tables: [
        {
          title: `${RUNS_PER_SECOND} empty runs a second, on each store in turn`,
          columns: ['store', 'recorded/s', 'did not run', 'tick p99', 'lock p50', 'lock p99', 'start p99', 'file MB'],
          rows: phases.map((phase) => [
            phase.store,
            phase.recordedPerSecond,
            phase.notRun,
            ...[phase.tickP99Ms, phase.lockP50Ms, phase.lockP99Ms, phase.startP99Ms, phase.fileMb].map((value) =>
              value.toFixed(2),
            ),
          ]),
        },
      ],
    };
  },
};

async function measure(name: StoreName, durationMs: number): Promise<StorePhase> {
  const folder = mkdtempSync(join(tmpdir(), 'escapement-bench-'));
  const path = join(folder, 'store.db');
  const scheduler = await createScheduler({
    plugins: [{ module: '../empty-plugin.ts', options: { schedules: SCHEDULES, cron: PERIOD } }],
    baseUrl: import.meta.url,
    pool: { minThreads: THREADS, maxThreads: THREADS },
    logger: { level: 'silent' },
    store: storeOf(name, path),
  });
  try {
    await scheduler.start();
    await sleep(WARM_UP_MS);
    const before = await scheduler.stats();
    const fromMs = performance.now();
    await sleep(durationMs);
    const after = await scheduler.stats();
    const elapsedMs = performance.now() - fromMs;
    const recorded = (stats: SchedulerStats): number => stats.outcomes.succeeded ?? 0;
    return {
      store: name,
      recordedPerSecond: Math.round(((recorded(after) - recorded(before)) / elapsedMs) * 1_000),
      notRun: (after.outcomes.overlap ?? 0) - (before.outcomes.overlap ?? 0),
      tickP99Ms: after.lateness.tick.p99Ms,
      lockP50Ms: after.lateness.lock.p50Ms,
      lockP99Ms: after.lateness.lock.p99Ms,
      startP99Ms: after.lateness.total.p99Ms,
      fileMb: name === 'memory' ? 0 : statSync(path).size / 2 ** 20,
    };
  } finally {
    await scheduler.stop();
    rmSync(folder, { recursive: true });
  }
}

/** SQLite's tick lateness over that of memory. Each is the mean of its two phases in the same run of the benchmark. */
function tickRatio(phases: readonly StorePhase[]): number {
  const mean = (store: string): number => {
    const values = phases.filter((phase) => phase.store === store).map(({ tickP99Ms }) => tickP99Ms);
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  return Number((mean('sqlite relaxed') / mean('memory')).toFixed(2));
}
