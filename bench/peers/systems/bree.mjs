import { fileURLToPath } from 'node:url';
import Bree from 'bree';
import { inLanes, patternOf } from './patterns.mjs';

const JOB = fileURLToPath(new URL('../jobs/bree-job.mjs', import.meta.url));

/** A new thread for each run. */
export async function start({ due, names, threads }) {
  const cron = patternOf({ due });
  const jobs = names.map((name) => ({ name, path: JOB, cron, hasSeconds: true }));
  const bree = new Bree({ root: false, logger: false, jobs });
  await bree.start();
  const ended = new Map();
  bree.on('worker deleted', (name) => ended.get(name)?.());
  const runOnce = async (lane) => {
    const isOver = new Promise((resolve) => ended.set(names[lane], resolve));
    await bree.run(names[lane]);
    await isOver;
  };
  return { give: (count) => inLanes(Math.min(threads, names.length), count, runOnce) };
}
