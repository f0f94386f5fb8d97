/** One scheduler for the process: Next loads modules anew while you work, and the scheduler must outlive that. */
import { join } from 'node:path';
import { createScheduler } from 'escapement';

const GLOBAL_NAME = Symbol.for('escapement-in-next.scheduler');

/** @returns {Promise<import('escapement').Scheduler>} */
export async function runningScheduler() {
  globalThis[GLOBAL_NAME] ??= startScheduler();
  return globalThis[GLOBAL_NAME];
}

async function startScheduler() {
  const scheduler = await createScheduler({
    // Plugins are files that threads load, and no part of the bundle.
    plugins: [join(process.cwd(), 'plugins/housekeeping.mjs')],
    logger: { level: 'warn' },
  });
  await scheduler.start();
  return scheduler;
}
