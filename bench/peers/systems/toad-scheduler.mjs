import { CronJob, SimpleIntervalJob, Task, ToadScheduler } from 'toad-scheduler';
import { job } from '../jobs/job.mjs';
import { patternOf } from './patterns.mjs';

const noTrigger = 'it cannot start a job by hand';
export const cannot = { burst: noTrigger, empty: noTrigger };

/** On the host thread. Its cron jobs are timed by croner. */
export async function start({ due, names }) {
  const scheduler = new ToadScheduler();
  for (const name of names) {
    const task = new Task(name, () => job(name));
    scheduler.addCronJob(new CronJob({ cronExpression: patternOf({ due }) }, task));
  }
  const give = async () => {
    const task = new Task('first', () => job('first'));
    scheduler.addSimpleIntervalJob(new SimpleIntervalJob({ days: 1, runImmediately: true }, task));
  };
  return { give };
}
