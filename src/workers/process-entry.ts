/**
 * A child process of the pool. Its watchdog starts before anything else is imported, and so before any plugin; the two
 * start side by side.
 */
import { Worker } from 'node:worker_threads';
import { threadEntryUrl } from '../wire/thread-entry-url.ts';

const watchdog = new Worker(threadEntryUrl('workers/watchdog-entry'), {
  name: 'escapement-watchdog',
  // No preloaded modules and no environment: nothing of the host or of a plugin runs in the watchdog.
  execArgv: [],
  env: {},
  resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1 },
});
// A process without a watchdog could outlive its host.
watchdog.once('exit', () => process.kill(process.pid, 'SIGKILL'));
watchdog.unref();

const { serveTasks } = await import('./process-tasks.ts');
serveTasks();
