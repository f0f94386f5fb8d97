import { fileURLToPath } from 'node:url';
import { schedule } from 'node-cron';
import { type System, scheduleNames } from './system.ts';

const TASK = fileURLToPath(new URL('background-entry.ts', import.meta.url));

/** node-cron's background tasks: each schedule has a process of its own, with a clock of its own. */
export const nodeCronBackgroundSystem: System = {
  start: async ({ schedules, workMs }, file) => {
    // The processes get the environment and nothing else from us.
    process.env['BENCH_FILE'] = file;
    process.env['BENCH_WORK_MS'] = String(workMs);
    const tasks = scheduleNames({ schedules }).map((name) => schedule('* * * * * *', TASK, { name }));
    return {
      // On a busy machine a process may not answer in time; it ends with this one.
      stop: async () => void (await Promise.allSettled(tasks.map((task) => task.destroy()))),
    };
  },
};
