import { Cron } from 'croner';
import { job } from '../jobs/job.mjs';
import { inLanes, patternOf } from './patterns.mjs';

/** On the host thread. */
export async function start({ due, names }) {
  const jobs = names.map((name) => new Cron(patternOf({ due }), () => job(name)));
  return { give: (count) => inLanes(1, count, () => jobs[0].trigger()) };
}
