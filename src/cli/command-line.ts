/** Reads the command line and runs its command. */
import { readFileSync } from 'node:fs';
import { types } from 'node:util';
import { withoutPasswords } from '../backends/exchange/readable-reason.ts';
import { EscapementError } from '../errors.ts';
import type { ErrorRecord } from '../machines/run.ts';
import { errorRecord } from '../wire/error-record.ts';
import { accessDenied } from '../wire/failures/access-denied.ts';
import { thrownReason } from '../wire/failures/thrown-reason.ts';
import type { Command } from './command.ts';
import { conformanceCommand } from './commands/conformance.ts';
import { explainCommand } from './commands/explain.ts';
import { historyCommand } from './commands/history.ts';
import { initCommand } from './commands/init.ts';
import { manifestCommand } from './commands/manifest.ts';
import { migrateCommand } from './commands/migrate.ts';
import { nextCommand } from './commands/next.ts';
import { abortCommand } from './commands/operating/abort.ts';
import { listCommand } from './commands/operating/list.ts';
import { logsCommand } from './commands/operating/logs.ts';
import { openCommand } from './commands/operating/open.ts';
import { pauseCommand, resumeCommand } from './commands/operating/pausing.ts';
import { reloadCommand } from './commands/operating/reload.ts';
import { statusCommand } from './commands/operating/status.ts';
import { topCommand } from './commands/operating/top.ts';
import { triggerCommand } from './commands/operating/trigger.ts';
import { positionCommand } from './commands/position.ts';
import { runCommand } from './commands/run.ts';
import { validateCommand } from './commands/validate.ts';
import { EXIT_DONE, EXIT_FAILED, EXIT_USAGE } from './exit-codes.ts';
import { parseArguments } from './input/arguments.ts';
import { CommandError, didYouMean, UsageError } from './input/usage-error.ts';
import { commandHelp, generalHelp } from './output/help.ts';
import { processTerminal, type Terminal } from './output/terminal.ts';
import { RemoteError } from './remote/remote-error.ts';

export { leaveSoon } from './ending.ts';

const COMMANDS: readonly Command[] = [
  initCommand,
  runCommand,
  validateCommand,
  manifestCommand,
  nextCommand,
  historyCommand,
  explainCommand,
  positionCommand,
  migrateCommand,
  conformanceCommand,
  listCommand,
  statusCommand,
  triggerCommand,
  pauseCommand,
  resumeCommand,
  abortCommand,
  reloadCommand,
  logsCommand,
  topCommand,
  openCommand,
];

/** Runs a command from the words after `escapement`, and sets the exit code of the process. Never rejects. */
export async function commandLine(typed: readonly string[]): Promise<void> {
  const terminal = processTerminal();
  try {
    process.exitCode = await dispatch(typed, terminal);
  } catch (error) {
    process.exitCode = report(error, typed, terminal);
  }
}

async function dispatch(typed: readonly string[], terminal: Terminal): Promise<number> {
  const [first, ...rest] = typed.filter((word, index) => !(word === '--debug' && index === 0));
  if (first === undefined) {
    terminal.notice(generalHelp(COMMANDS, terminal.width));
    return EXIT_USAGE;
  }
  if (first === '--version' || first === '-v') return answer(terminal, version());
  if (first === '--help' || first === '-h') return answer(terminal, generalHelp(COMMANDS, terminal.width));
  if (first === 'help') return answer(terminal, helpOn(rest[0], terminal));
  const command = find(first);
  const args = parseArguments(command, rest);
  if (args.values['help'] === true) return answer(terminal, commandHelp(command, terminal.width));
  return command.run(args, terminal);
}

function helpOn(name: string | undefined, terminal: Terminal): string {
  return name === undefined || name === 'help'
    ? generalHelp(COMMANDS, terminal.width)
    : commandHelp(find(name), terminal.width);
}

function find(name: string): Command {
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command !== undefined) return command;
  const kind = name.startsWith('-') ? 'option' : 'command';
  const known = kind === 'option' ? ['--help', '--version', '--debug'] : [...COMMANDS.map((each) => each.name), 'help'];
  throw new UsageError(`Unknown ${kind} "${name}".${didYouMean(name, known)}`);
}

function answer(terminal: Terminal, text: string): number {
  terminal.result(text);
  return EXIT_DONE;
}

function version(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { readonly version: string }).version;
}

/** Our own errors say all that a user needs. Any other is a bug of somebody, who needs its stack. */
function report(error: unknown, typed: readonly string[], terminal: Terminal): number {
  const isUsage = !types.isProxy(error) && error instanceof UsageError;
  const isRemote = !types.isProxy(error) && error instanceof RemoteError;
  const isSaid = isUsage || isRemote || (!types.isProxy(error) && error instanceof CommandError);
  const denied = accessDenied(error);
  const isOurs = isSaid || (!types.isProxy(error) && error instanceof EscapementError);
  const wantsStack = typed.includes('--debug');
  // A configuration may throw anything, also what has no text or runs code when it is read.
  const record = errorRecord(error);
  const reason = denied === null ? thrownReason('', error).replace(/^: (?:Error: )?/, '') : `${denied}.`;
  const message = isOurs ? error.message : reason;
  const shown = wantsStack ? stacksOf(record) : message;
  // A word that was typed in the wrong place is quoted, and it may be a URL with a password.
  const text = typed.reduce(withoutPasswords, shown);
  const label = terminal.paintNotice('red', isUsage ? 'Usage:' : 'Error:');
  terminal.notice(`${label} ${text}`);
  if (!isOurs && denied === null && !wantsStack)
    terminal.notice(terminal.paintNotice('dim', 'Use --debug to see the stack.'));
  if (isRemote) return error.exitCode;
  return isUsage ? EXIT_USAGE : EXIT_FAILED;
}

/** The stacks of an error and of its causes, with all frames. */
function stacksOf({ name, message, stack, cause }: ErrorRecord): string {
  const own = stack?.includes(message) ? stack : `${name}: ${message}${stack === undefined ? '' : `\n${stack}`}`;
  return cause === undefined ? own : `${own}\nCaused by ${stacksOf(cause)}`;
}
