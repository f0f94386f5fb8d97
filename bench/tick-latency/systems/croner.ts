import { openSync } from 'node:fs';
import { Cron } from 'croner';
import { PERIOD_MS, wallNowMs, work } from '../load.ts';
import { type System, scheduleNames } from './system.ts';

/**
 * croner, on the host thread. Its finest step is the second, and it does not give a job its nominal instant. We take
 * the latest instant that has passed, so a start more than a second late is counted in croner's favour.
 */
export const cronerSystem: System = {
  start: async (parameters, file) => {
    const fd = openSync(file, 'a');
    const jobs = scheduleNames(parameters).map(
      (name) =>
        new Cron('* * * * * *', () => {
          const scheduledAtMs = Math.floor(wallNowMs() / PERIOD_MS) * PERIOD_MS;
          work(fd, parameters, { schedule: name, scheduledAtMs });
        }),
    );
    return {
      stop: async () => {
        for (const job of jobs) job.stop();
      },
    };
  },
};
