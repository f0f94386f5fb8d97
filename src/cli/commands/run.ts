import { createScheduler, type Scheduler, type SchedulerOptions, type StopReport } from '../../index.ts';
import type { Command, CommandArguments } from '../command.ts';
import { type Ending, endingOf } from '../ending.ts';
import { textOption } from '../input/arguments.ts';
import { loadConfig } from '../input/config-file.ts';
import { CONSOLE_OPTIONS, consoleOf, consoleText, storeFileOf } from '../input/console-options.ts';
import { readDuration } from '../input/duration.ts';
import { DEFAULT_STORE_PATH } from '../input/store-path.ts';
import { UsageError } from '../input/usage-error.ts';
import { StartNotice } from '../output/start-notice.ts';
import type { Terminal } from '../output/terminal.ts';
import { HotReload } from '../watching/hot-reload.ts';

/** `escapement run`: runs a scheduler that is not embedded in a program. */
export const runCommand: Command = {
  name: 'run',
  parameters: '<config>',
  summary: 'run the schedules of a configuration file',
  options: {
    for: { type: 'string', value: '<duration>', help: 'stop after this time, such as 30s or 5m' },
    drain: { type: 'string', value: '<duration>', help: 'how long runs may take to finish at the end (default: 10s)' },
    watch: { type: 'boolean', help: 'reload plugins whose files change' },
    ...CONSOLE_OPTIONS,
  },
  details: [
    'The file (.ts, .mts, .js or .mjs) has the options of createScheduler() as its\ndefault export: export default defineConfig({ … }). Modules that it names are\nrelative to it.',
    `State and history are kept in ${DEFAULT_STORE_PATH} in the working directory, unless the\nconfiguration names a store.`,
    'It runs until SIGINT or SIGTERM. Then nothing more starts, and runs may finish;\na second signal ends the process at once.',
    'With --console, a page shows what runs and steers it, and the commands list,\nstatus, trigger, pause, resume, abort, reload, logs, top and open work.',
    'The log goes to the standard output, unless the configuration says otherwise.',
    'Exit code: 0 after a clean end, 1 after an error or if a run had to be killed.',
  ],
  run: async (args, terminal) => {
    const options = await configOf(args);
    const forText = textOption(args, 'for');
    const forMs = forText === undefined ? null : readDuration('--for', forText);
    const drainMs = readDuration('--drain', textOption(args, 'drain') ?? '10s');
    const console = consoleOf(args, options);
    const scheduler = await createScheduler(console === undefined ? options : { ...options, console });
    const notice = new StartNotice(scheduler);
    const ending = endingOf(scheduler);
    const hotReload = args.values['watch'] === true ? new HotReload(scheduler, options, terminal) : null;
    try {
      // A signal that arrives during the start is kept: the scheduler starts and is then stopped.
      await scheduler.start();
      if (forMs !== null) ending.endAfter(forMs);
      await notice.print(storeFileOf(options), terminal);
      if (scheduler.console !== null) terminal.notice(`escapement: console at ${consoleText(scheduler.console)}`);
      hotReload?.start();
      const decided = await ending.decided;
      hotReload?.close();
      return await finish(scheduler, { ending: decided, drainMs, terminal });
    } finally {
      hotReload?.close();
      ending.dispose();
    }
  },
};

function configOf({ positionals }: CommandArguments): Promise<SchedulerOptions> {
  const [path, ...others] = positionals;
  if (path === undefined) throw new UsageError('run needs a configuration file: escapement run escapement.config.ts.');
  if (others.length > 0)
    throw new UsageError(`run takes one configuration file, but ${positionals.length} were given.`);
  return loadConfig(path);
}

interface Finish {
  readonly ending: Ending;
  readonly drainMs: number;
  readonly terminal: Terminal;
}

async function finish(scheduler: Scheduler, { ending, drainMs, terminal }: Finish): Promise<number> {
  if (ending.kind === 'error') throw ending.error;
  terminal.notice(`escapement: stopping (${ending.reason}); a second signal ends the process at once`);
  const report = await scheduler.stop({ drainMs });
  terminal.notice(`escapement: stopped; ${stopText(report)}`);
  const { notEnded = [] } = report;
  for (const { what, reason } of notEnded) {
    terminal.notice(`${terminal.paintNotice('yellow', 'Not ended:')} ${what}: ${reason}`);
  }
  // Runs that never began and runs that obeyed their signal have ended cleanly. A killed one has not.
  return report.killed.length === 0 && notEnded.length === 0 ? 0 : 1;
}

function stopText({ finished, aborted, killed }: StopReport): string {
  return `runs at the end: ${finished.length} finished, ${aborted.length} aborted, ${killed.length} killed`;
}
