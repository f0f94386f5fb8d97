import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { inLanes } from './patterns.mjs';

const TASK = fileURLToPath(new URL('../jobs/piscina-task.mjs', import.meta.url));

export const cannot = Object.fromEntries(
  ['idle', 'blocked80', 'blocked100', 'memory'].map((workload) => [workload, 'it has no schedules']),
);

/** The bare pool. */
export async function start({ names, threads }) {
  const pool = new Piscina({ filename: TASK, name: 'task', minThreads: threads, maxThreads: threads });
  return { give: (count) => inLanes(Math.min(names.length, count), count, () => pool.run(null)) };
}
