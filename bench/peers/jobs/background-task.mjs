/** Runs in a process of node-cron. */
import { job } from './job.mjs';

export function task({ date, task: { name } }) {
  job(name, date.getTime());
}
