/**
 * Starts one thing in a fresh process and says what it cost. JavaScript, so that no stripping of types is in the
 * figures, and nothing is imported before it is measured.
 */
import { setTimeout as sleep } from 'node:timers/promises';

/** Until the memory of what was started has settled. */
const SETTLE_MS = 1_000;

process.once('message', (request) => {
  void STARTS[request.what](request).then((answer) => {
    process.send(answer, () => process.exit());
  });
});

const STARTS = {
  /** Nothing: what a process costs without us. */
  empty: async () => settled({}),
  import: async ({ entry }) => {
    const rssBefore = process.memoryUsage.rss();
    const fromMs = performance.now();
    await import(entry);
    const importMs = performance.now() - fromMs;
    return { importMs, addedRssBytes: process.memoryUsage.rss() - rssBefore };
  },
  escapement: async ({ entry, plugin, threads }) => {
    const { createScheduler } = await import(entry);
    const scheduler = await createScheduler({
      plugins: [plugin],
      baseUrl: import.meta.url,
      pool: { minThreads: threads, maxThreads: threads },
      logger: { level: 'silent' },
    });
    const ran = new Promise((resolve) => scheduler.on('run', resolve));
    await scheduler.start();
    await scheduler.trigger('start/only');
    const { startedAtMs } = await ran;
    return settled({ firstRunMs: startedAtMs - performance.timeOrigin });
  },
  /** What a plugin pays for its imports, in a pool thread that is ready for it. */
  pluginImport: async ({ entry, importing, imported }) => {
    const { createScheduler } = await import(entry);
    const reported = Promise.withResolvers();
    const scheduler = await createScheduler({
      plugins: [{ module: importing, options: { entry: imported } }],
      pool: { minThreads: 1, maxThreads: 1 },
      hostFunctions: { report: async (importMs) => reported.resolve(importMs) },
      logger: { level: 'silent' },
    });
    await scheduler.start();
    await scheduler.trigger('importing/only');
    const importMs = await reported.promise;
    await scheduler.stop();
    return { importMs };
  },
  piscina: async ({ task, threads }) => {
    const { Piscina } = await import('piscina');
    const pool = new Piscina({ filename: task, minThreads: threads, maxThreads: threads });
    const startedAtMs = await pool.run(null);
    return settled({ firstRunMs: startedAtMs - performance.timeOrigin });
  },
};

/** With the memory of the process when it has become idle. */
async function settled(answer) {
  await sleep(SETTLE_MS);
  return { ...answer, rssBytes: process.memoryUsage.rss() };
}
