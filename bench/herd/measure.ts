import { setTimeout as sleep } from 'node:timers/promises';
import { createScheduler, type Decision, type RunRecord, type SchedulerOptions } from '../../src/index.ts';
import { barePool, warmedUp } from '../piscina/bare-pool.ts';

export const HERD = 1_000;
export const THREADS = 2;
export const BESIDE_MS = 10;
/** Long enough for a herd to end before the next one. */
const HERD_PERIOD_MS = 3_000;
/** Until the scheduler has started and its threads with it. */
const START_MS = 2_000;
/** How long the last herd may take to end. */
const LAST_HERD_MS = 10_000;
const BESIDE_KEY = 'herd/beside';
/** The other schedule is looked at from the herd's instant on, for so long at least. */
const WINDOW_MS = 200;

/** What one herd did. */
export interface HerdRun {
  /** How many of the herd ran. Fewer than all is a herd that the next one overtook. */
  readonly ran: number;
  /** From the instant until the last run of the herd has ended. */
  readonly drainedMs: number;
  /** Tick lateness of the other schedule, from the instant until the herd has ended and for 200 ms at least. */
  readonly besideTickMs: readonly number[];
  /** Occurrences of the other schedule that did not run in this time, because the last run was not over. */
  readonly besideOverlaps: number;
}

/** Lets herds fall due, and leaves out the first, with which threads start and code is compiled. */
export async function runHerds(herds: number): Promise<HerdRun[]> {
  const options = { herd: HERD, herdPeriod: `${HERD_PERIOD_MS}ms`, besidePeriod: `${BESIDE_MS}ms` };
  const scheduler = await createScheduler({
    plugins: [{ module: './herd-plugin.ts', options }] satisfies SchedulerOptions['plugins'],
    baseUrl: import.meta.url,
    pool: { minThreads: THREADS, maxThreads: THREADS },
    logger: { level: 'silent' },
  });
  const records: RunRecord[] = [];
  const decisions: Decision[] = [];
  const firstMs = Math.ceil((Date.now() + START_MS) / HERD_PERIOD_MS) * HERD_PERIOD_MS;
  const lastMs = firstMs + herds * HERD_PERIOD_MS;
  const lastEnded = Promise.withResolvers<void>();
  let lastRuns = 0;
  scheduler.on('run', (record) => {
    records.push(record);
    if (record.key !== BESIDE_KEY && record.scheduledAtMs === lastMs) lastRuns += 1;
    if (lastRuns === HERD) lastEnded.resolve();
  });
  scheduler.on('decision', (decision) => decisions.push(decision));
  await scheduler.start();
  await sleep(lastMs + WINDOW_MS - Date.now());
  await Promise.race([lastEnded.promise, sleep(LAST_HERD_MS, undefined, { ref: false })]);
  await scheduler.stop({ drainMs: 0 });
  const instants = Array.from({ length: herds }, (_, index) => firstMs + (index + 1) * HERD_PERIOD_MS);
  return instants.map((dueAtMs) => herdAt(dueAtMs, records, decisions));
}

function herdAt(dueAtMs: number, records: readonly RunRecord[], decisions: readonly Decision[]): HerdRun {
  const ofHerd = records.filter(({ key, scheduledAtMs }) => key !== BESIDE_KEY && scheduledAtMs === dueAtMs);
  const drainedMs = Math.max(...ofHerd.map(({ finishedAtMs }) => finishedAtMs)) - dueAtMs;
  const untilMs = dueAtMs + Math.max(WINDOW_MS, drainedMs);
  const beside = records.filter(
    ({ key, scheduledAtMs }) => key === BESIDE_KEY && scheduledAtMs >= dueAtMs && scheduledAtMs < untilMs,
  );
  const overlaps = decisions.filter(
    ({ key, outcome, fromMs }) => key === BESIDE_KEY && outcome === 'overlap' && fromMs >= dueAtMs && fromMs < untilMs,
  );
  return {
    ran: ofHerd.length,
    drainedMs,
    besideTickMs: beside.map(({ lateness }) => lateness.tickMs),
    besideOverlaps: overlaps.reduce((sum, { count }) => sum + count, 0),
  };
}

/** The same number of empty tasks, given to the bare pool at once: how long until the last one has ended. */
export async function drainBarePool(herds: number): Promise<number[]> {
  const pool = barePool(THREADS);
  const drainedMs: number[] = [];
  try {
    await warmedUp(pool);
    for (let herd = 0; herd <= herds; herd += 1) {
      const fromMs = performance.now();
      await Promise.all(Array.from({ length: HERD }, () => pool.run(undefined)));
      if (herd > 0) drainedMs.push(performance.now() - fromMs);
    }
    return drainedMs;
  } finally {
    await pool.destroy();
  }
}
