import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createScheduler, type RunRecord, ScheduleBusyError, type Scheduler } from '../../src/index.ts';
import { inLanes, perSecond } from '../lanes.ts';
import { barePool, warmedUp } from '../piscina/bare-pool.ts';
import { type StoreName, storeOf } from '../stores.ts';

const WARM_UP_MS = 1_000;
const SCHEDULES_A_LANE = 4;

export interface Load {
  /** Schedules, and as many tasks in flight in the bare pool. */
  readonly schedules: number;
  readonly threads: number;
  /** The interval of the schedules that the clock starts: far more than can run, so that the rest overlaps. */
  readonly period: string;
  readonly durationMs: number;
}

export interface Measured {
  readonly runsPerSecond: number;
  /** Occurrences that did not run, by outcome. */
  readonly notRun: Readonly<Record<string, number>>;
}

/** Empty tasks in piscina alone. Each is followed by the next as soon as it has ended. */
export async function runsOfBarePool({ schedules, threads, durationMs }: Load): Promise<Measured> {
  const pool = barePool(threads);
  try {
    await warmedUp(pool);
    const fromMs = performance.now();
    const count = await inLanes(schedules, fromMs + durationMs, () => pool.run(undefined));
    return { runsPerSecond: perSecond(count, fromMs), notRun: {} };
  } finally {
    await pool.destroy();
  }
}

export function runsByClock(store: StoreName, load: Load): Promise<Measured> {
  return withScheduler(store, load, load.period, async (scheduler) => {
    let runs = 0;
    const notRun: Record<string, number> = {};
    await sleep(WARM_UP_MS);
    scheduler.on('run', ({ outcome }) => {
      if (outcome === 'succeeded') runs += 1;
    });
    scheduler.on('decision', ({ outcome, count }) => {
      notRun[outcome] = (notRun[outcome] ?? 0) + count;
    });
    const fromMs = performance.now();
    await sleep(load.durationMs);
    const runsPerSecond = perSecond(runs, fromMs);
    return { runsPerSecond, notRun: { ...notRun } };
  });
}

/**
 * Each lane triggers the next of its schedules as soon as the run of the last one has ended. A schedule whose end is
 * still being written to the disk cannot be triggered again, so a lane has several.
 */
export function runsByTrigger(store: StoreName, load: Load): Promise<Measured> {
  const lanes = load.schedules;
  return withScheduler(store, { ...load, schedules: SCHEDULES_A_LANE * lanes }, '1d', async (scheduler) => {
    const keys = (await scheduler.schedules()).map(({ key }) => key);
    const listeners = new Map<string, () => void>();
    scheduler.on('run', ({ key }: RunRecord) => listeners.get(key)?.());
    const turns = Array.from({ length: lanes }, () => 0);
    const runOnce = async (lane: number): Promise<void> => {
      const turn = turns[lane] ?? 0;
      turns[lane] = (turn + 1) % SCHEDULES_A_LANE;
      const key = keys[turn * lanes + lane] ?? '';
      const settled = new Promise<void>((resolve) => listeners.set(key, resolve));
      await triggered(scheduler, key);
      await settled;
    };
    await inLanes(lanes, performance.now() + WARM_UP_MS, runOnce);
    const fromMs = performance.now();
    const count = await inLanes(lanes, fromMs + load.durationMs, runOnce);
    return { runsPerSecond: perSecond(count, fromMs), notRun: {} };
  });
}

/** Triggers again what is still busy. */
async function triggered(scheduler: Scheduler, key: string): Promise<void> {
  for (;;) {
    try {
      await scheduler.trigger(key);
      return;
    } catch (error) {
      if (!(error instanceof ScheduleBusyError)) throw error;
    }
  }
}

async function withScheduler<T>(
  store: StoreName,
  { schedules, threads }: Load,
  cron: string,
  measure: (scheduler: Scheduler) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'escapement-bench-'));
  const scheduler = await createScheduler({
    plugins: [{ module: '../empty-plugin.ts', options: { schedules, cron } }],
    baseUrl: import.meta.url,
    pool: { minThreads: threads, maxThreads: threads },
    logger: { level: 'silent' },
    store: storeOf(store, join(folder, 'store.db')),
  });
  try {
    await scheduler.start();
    return await measure(scheduler);
  } finally {
    await scheduler.stop();
    rmSync(folder, { recursive: true });
  }
}
