import { fileURLToPath } from 'node:url';
import { schedule } from 'node-cron';
import { inLanes, patternOf } from './patterns.mjs';

const TASK = fileURLToPath(new URL('../jobs/background-task.mjs', import.meta.url));

/** Each schedule has a process. */
export const mostSchedules = 10;

/** A task that is executed by hand waits for its last run, so there is one lane for each process. */
export async function start({ due, names, threads }) {
  const tasks = [];
  for (const name of names.slice(0, mostSchedules)) {
    const task = schedule(patternOf({ due }), TASK, { name });
    await new Promise((resolve) => task.once('task:started', resolve));
    tasks.push(task);
  }
  const lanes = Math.min(threads, tasks.length);
  return { give: (count) => inLanes(lanes, count, (lane) => tasks[lane].execute()) };
}
