/** The lane of Escapement: the same server and the same jobs, with the jobs on threads of their own. */
import { subscribe } from 'node:diagnostics_channel';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { createScheduler, sqliteStore } from '../../../../src/index.ts';
import { report, serve, settings } from '../../server/lane-server.ts';

const ENDLESS = 'endless/loop';

/** The supervisor thread, which a program has no business with. This one wants to kill it. */
let supervisor: Worker | null = null;
subscribe('worker_threads', (message) => {
  const { worker } = message as { worker: Worker };
  if (worker.threadName === 'escapement-supervisor') supervisor = worker;
});

const scheduler = await createScheduler({
  baseUrl: import.meta.url,
  plugins: [{ module: './plugins/jobs.ts', options: { roundsPerMs: settings.roundsPerMs } }, './plugins/endless.ts'],
  store: sqliteStore({ path: join(settings.folder, 'escapement.db') }),
  logger: { destination: join(settings.folder, 'escapement.log') },
  console: { port: settings.consolePort },
});

scheduler.on('run', ({ key, outcome, startedAtMs, finishedAtMs }) => {
  if (key === ENDLESS) report({ kind: 'loop-ended', outcome, tookMs: finishedAtMs - startedAtMs });
});
scheduler.on('warning', ({ code }) => {
  if (code === 'supervisor-restarted') report({ kind: 'supervisor-replaced' });
});

const url = await serve({
  loop: () => scheduler.trigger(ENDLESS),
  'kill-supervisor': () => supervisor?.terminate(),
  explain: async ({ job, atMs }) => {
    report({ kind: 'explained', text: (await scheduler.explain(`jobs/${job}`, atMs)).text });
  },
  stop: async () => {
    await scheduler.stop({ drainMs: 500 });
    process.exit();
  },
});
await scheduler.start();
report({ kind: 'ready', url, consoleUrl: scheduler.console?.url ?? '' });
