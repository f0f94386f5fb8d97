import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import {
  createScheduler,
  type Outcome,
  type RunRecord,
  type Scheduler,
  type SchedulerOptions,
} from '../../src/index.ts';

/** A folder of its own for a test; gone when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'escapement-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The `file:` URL of a fixture. */
export function fixture(path: string): string {
  return new URL(`../fixtures/${path}`, import.meta.url).href;
}

/** A scheduler on real threads, with two pool threads and a silent log; stopped when the test is over. */
export async function startScheduler(options: SchedulerOptions): Promise<Scheduler> {
  const scheduler = await newScheduler(options);
  await scheduler.start();
  return scheduler;
}

/** The same, not yet started. */
export async function newScheduler(options: SchedulerOptions): Promise<Scheduler> {
  const scheduler = await createScheduler({ logger: { level: 'silent' }, pool: { maxThreads: 2 }, ...options });
  onTestFinished(async () => {
    // In every test that runs the engine: what fell due and how it ended is the same number.
    const missing = await unaccounted(scheduler).catch(() => []);
    await scheduler.stop({ drainMs: 0 });
    expect(missing).toEqual([]);
  });
  return scheduler;
}

/** The next run that fits. Several may be told in one turn, so none is waited for with `once`. */
export async function nextRun(scheduler: Scheduler, fits?: (run: RunRecord) => boolean): Promise<RunRecord> {
  const [run] = await nextRuns(scheduler, 1, fits);
  return run as RunRecord;
}

/** The next `count` runs that fit. */
export async function nextRuns(
  scheduler: Scheduler,
  count: number,
  fits: (run: RunRecord) => boolean = () => true,
): Promise<RunRecord[]> {
  return new Promise((resolve) => {
    const runs: RunRecord[] = [];
    const listen = (run: RunRecord): void => {
      if (!fits(run)) return;
      runs.push(run);
      if (runs.length < count) return;
      scheduler.off('run', listen);
      resolve(runs);
    };
    scheduler.on('run', listen);
  });
}

/** Schedules at rest whose occurrences due and outcomes do not add up: always empty. */
export async function unaccounted(scheduler: Scheduler): Promise<string[]> {
  const statuses = await scheduler.schedules();
  return statuses
    .filter(({ state }) => state === 'idle' || state === 'paused')
    .filter(({ dueCount, outcomes }) => dueCount !== total(outcomes))
    .map(({ key, dueCount, outcomes }) => `${key}: ${dueCount} due, ${JSON.stringify(outcomes)}`);
}

function total(outcomes: Partial<Record<Outcome, number>>): number {
  return Object.values(outcomes).reduce((sum, count) => sum + count, 0);
}
