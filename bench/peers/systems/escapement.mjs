import { fileURLToPath } from 'node:url';
import { inLanes } from './patterns.mjs';

const PLUGIN = fileURLToPath(new URL('../jobs/plugins/escapement.mjs', import.meta.url));

/** Threads of its own pool, the compiled package, and no store but memory. */
export async function start({ due, names, threads, entry }) {
  const { createScheduler } = await import(entry);
  const cron = due === 'every second' ? '1s' : '0 0 1 1 *';
  const scheduler = await createScheduler({
    plugins: [{ module: PLUGIN, options: { names, cron } }],
    baseUrl: import.meta.url,
    pool: { minThreads: threads, maxThreads: threads },
    logger: { level: 'silent' },
  });
  await scheduler.start();
  const ended = new Map();
  if (due === 'never') scheduler.on('run', ({ key }) => ended.get(key)?.());
  const runOnce = async (lane) => {
    const key = `peers/${names[lane]}`;
    const isOver = new Promise((resolve) => ended.set(key, resolve));
    await scheduler.trigger(key);
    await isOver;
  };
  return { give: (count) => inLanes(Math.min(names.length, count), count, runOnce) };
}
