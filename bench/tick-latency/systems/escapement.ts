import { createScheduler, type Decision, type RunRecord } from '../../../src/index.ts';
import { SPREAD_MS } from '../load.ts';
import type { System } from './system.ts';

/** Escapement, with the runs on pool threads. It reports its own records beside what the work writes. */
export const escapementSystem: System = {
  start: async (parameters, file) => {
    const { schedules, workMs, threads, arrivals } = parameters;
    const jitterMs = arrivals === 'spread' ? SPREAD_MS : 0;
    const scheduler = await createScheduler({
      plugins: [{ module: '../load-plugin.ts', options: { schedules, workMs, jitterMs, file } }],
      baseUrl: import.meta.url,
      pool: { minThreads: threads, maxThreads: threads },
      logger: { level: 'silent' },
    });
    const records: RunRecord[] = [];
    const decisions: Decision[] = [];
    scheduler.on('run', (record) => records.push(record));
    scheduler.on('decision', (decision) => decisions.push(decision));
    await scheduler.start();
    return { records, decisions, stop: async () => void (await scheduler.stop()) };
  },
};
