import { checkHost } from './checking/check-host.ts';
import { readOnce } from './checking/read-once.ts';
import type { Scheduler } from './scheduler.ts';
import type { SchedulerOptions } from './scheduler-options.ts';

/**
 * Makes a scheduler. Call `start()` to start it.
 *
 * The first call loads what the host thread needs of a scheduler. To import the package must cost little, because every
 * plugin that imports a function or a class of it does so once in each pool thread.
 * @throws InvalidOptionError that names the option, its value and what the value must be.
 * @throws InvalidTimezoneError
 * @throws UnsupportedHostError in a bundle, and on what is not a Node.js that it knows.
 */
export async function createScheduler(options: SchedulerOptions): Promise<Scheduler> {
  checkHost();
  // The options hold as they are now: whoever gave them may change them while the modules load.
  const given = readOnce(options, { name: 'options', isPrefix: false }) as SchedulerOptions;
  const { Scheduler: Handle } = await import('./scheduler.ts');
  return new Handle(given);
}
