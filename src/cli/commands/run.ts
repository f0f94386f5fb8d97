import { resolve } from 'node:path';
import type { StopReport } from '../../index.ts';
import type { Command, CommandArguments } from '../command.ts';
import { type Ending, watchForEnding } from '../ending.ts';
import { textOption } from '../input/arguments.ts';
import { loadConfig } from '../input/config-file.ts';
import { CONSOLE_OPTIONS } from '../input/console-options.ts';
import { readDuration } from '../input/duration.ts';
import { enterProject, noConfigError } from '../input/find-config.ts';
import { DEFAULT_STORE_PATH } from '../input/store-path.ts';
import { UsageError } from '../input/usage-error.ts';
import type { Terminal } from '../output/terminal.ts';
import { RunLoop } from '../running/run-loop.ts';
import type { RunTerms } from '../running/scheduler-run.ts';

/** `escapement run`: runs a scheduler that is not embedded in a program. */
export const runCommand: Command = {
  name: 'run',
  parameters: '[<config>]',
  summary: 'run the schedules of a configuration file',
  options: {
    for: { type: 'string', value: '<duration>', help: 'stop after this time, such as 30s or 5m' },
    drain: { type: 'string', value: '<duration>', help: 'how long runs may take to finish at the end (default: 10s)' },
    watch: { type: 'boolean', help: 'follow changes of plugins and the configuration' },
    pretty: { type: 'boolean', help: 'show runs for people (default: on a terminal)' },
    json: { type: 'boolean', help: 'print the log as JSON lines (default: elsewhere)' },
    ...CONSOLE_OPTIONS,
  },
  details: [
    'The file (.ts, .mts, .js or .mjs) has the options of createScheduler() as its\ndefault export: export default defineConfig({ … }). Modules that it names are\nrelative to it. Without one it is escapement.config.ts (or .mts, .js, .mjs), in\nthis folder or above it in the package, and the command works in its folder.',
    `State and history are kept in ${DEFAULT_STORE_PATH} in the working directory, unless the\nconfiguration names a store.`,
    'It runs until SIGINT (Ctrl+C), SIGTERM, or SIGHUP (its terminal is closed). Then\nnothing more starts, and runs may finish; a second signal ends the process at once.',
    'With --console, a page shows what runs and steers it, and the commands list,\nstatus, trigger, pause, resume, abort, reload, logs, top and open work.',
    'On a terminal it shows each run and what it logs. Elsewhere the log goes to the\nstandard output, unless the configuration says otherwise.',
    'Exit code: 0 after a clean end, 1 after an error or if a run had to be killed.',
  ],
  run: async (args, terminal) => {
    const forText = textOption(args, 'for');
    const forMs = forText === undefined ? null : readDuration('--for', forText);
    const drainMs = readDuration('--drain', textOption(args, 'drain') ?? '10s');
    const style = styleOf(args);
    const path = configOf(args, terminal);
    const options = await loadConfig(path);
    const ending = watchForEnding();
    // Runs in progress would be lost with the process.
    terminal.whenUnread?.(() => ending.ask('nobody reads its output'));
    const isWatching = args.values['watch'] === true;
    const loop = new RunLoop(options, { args, terminal, style, ending, file: resolve(path), isWatching, drainMs });
    try {
      await loop.start();
      if (forMs !== null) ending.endAfter(forMs);
      if (style === 'pretty' && process.stdout.isTTY) terminal.notice('escapement: press Ctrl+C to stop');
      return await finish(loop, await ending.decided, terminal);
    } finally {
      loop.close();
      ending.dispose();
    }
  },
};

function styleOf({ values }: CommandArguments): RunTerms['style'] {
  if (values['pretty'] === true && values['json'] === true) throw new UsageError('Use --pretty or --json, not both.');
  if (values['pretty'] === true) return 'pretty';
  return values['json'] !== true && process.stdout.isTTY ? 'pretty' : 'json';
}

/** The path of the configuration file. @throws UsageError */
function configOf({ positionals }: CommandArguments, terminal: Terminal): string {
  const [path, ...others] = positionals;
  if (others.length > 0)
    throw new UsageError(`run takes one configuration file, but ${positionals.length} were given.`);
  if (path !== undefined) return path;
  const found = enterProject();
  if (found === undefined) throw noConfigError('run');
  terminal.notice(`escapement: running ${found.shown}`);
  return found.name;
}

async function finish(loop: RunLoop, ending: Ending, terminal: Terminal): Promise<number> {
  if (ending.kind === 'error') throw ending.error;
  const again = ending.reason === 'SIGINT' ? 'a second Ctrl+C' : 'a second signal';
  terminal.notice(`escapement: stopping (${ending.reason}); ${again} ends the process at once`);
  const report = await loop.stop();
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
