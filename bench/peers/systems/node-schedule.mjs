import schedule from 'node-schedule';
import { job } from '../jobs/job.mjs';
import { inLanes, patternOf } from './patterns.mjs';

/** On the host thread. It passes each job its nominal instant, and nothing when it is invoked by hand. */
export async function start({ due, names }) {
  const jobs = names.map((name) => schedule.scheduleJob(patternOf({ due }), (at) => job(name, at?.getTime())));
  return { give: (count) => inLanes(1, count, () => jobs[0].invoke()) };
}
