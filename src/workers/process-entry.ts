/**
 * A child process of the pool. Its watchdog starts before anything else is imported, and the two start side by side. The
 * process takes tasks once both are there: before that it would outlive its host, and it would seem to hold less memory
 * than an empty process does.
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
const watching = new Promise((resolve) => watchdog.once('message', resolve));

const { serveTasks } = await import('./process-tasks.ts');
await watching;
watchdog.unref();
serveTasks();
