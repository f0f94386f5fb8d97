import { schedule } from 'node-cron';
import { job } from '../jobs/job.mjs';
import { inLanes, patternOf } from './patterns.mjs';

/** On the host thread. */
export async function start({ due, names }) {
  const pattern = patternOf({ due });
  const tasks = names.map((name) => schedule(pattern, ({ date }) => job(name, date.getTime()), { name }));
  return { give: (count) => inLanes(1, count, () => tasks[0].execute()) };
}
