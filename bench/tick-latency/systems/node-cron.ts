import { openSync } from 'node:fs';
import { schedule } from 'node-cron';
import { work } from '../load.ts';
import { type System, scheduleNames } from './system.ts';

/** node-cron, on the host thread. Its finest step is the second, and it gives a job its nominal instant. */
export const nodeCronSystem: System = {
  start: async (parameters, file) => {
    const fd = openSync(file, 'a');
    const tasks = scheduleNames(parameters).map((name) =>
      schedule('* * * * * *', ({ date }) => work(fd, parameters, { schedule: name, scheduledAtMs: date.getTime() })),
    );
    return {
      stop: async () => {
        for (const task of tasks) await task.stop();
      },
    };
  },
};
