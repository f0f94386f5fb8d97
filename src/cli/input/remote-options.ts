import type { CommandOption } from '../command.ts';
import { TOKEN_VARIABLE } from './console-options.ts';
import { DEFAULT_STORE_PATH } from './store-path.ts';

/** The options by which commands find a running scheduler. */
export const PLACE_OPTIONS: Readonly<Record<'url' | 'socket' | 'store' | 'config' | 'token', CommandOption>> = {
  url: { type: 'string', value: '<url>', help: 'where its console is: http://127.0.0.1:7420' },
  socket: { type: 'string', value: '<path>', help: 'the socket of its console' },
  store: { type: 'string', value: '<file>', help: `its SQLite file (default: ${DEFAULT_STORE_PATH})` },
  config: { type: 'string', value: '<config>', help: 'the configuration file that it runs' },
  token: { type: 'string', value: '<token>', help: `its console's token (default: ${TOKEN_VARIABLE})` },
};

/** Those of every command for a running scheduler. */
export const REMOTE_OPTIONS: Readonly<Record<string, CommandOption>> = {
  ...PLACE_OPTIONS,
  json: { type: 'boolean', help: 'print JSON' },
};

const COLUMNS = 80;

/** Ends the help of these commands: how they find the scheduler, and what their exit codes mean. */
export function remoteHelp({
  exitCodes,
  example,
}: {
  readonly exitCodes: string;
  readonly example?: string;
}): string[] {
  return [
    `The scheduler must have its console on: escapement run --console, or the option console of createScheduler(). It is found by the socket beside its store; without an option, by escapement.config.ts or ${DEFAULT_STORE_PATH} in the working directory.`,
    `Others can see the words of a command in the list of processes: rather set ${TOKEN_VARIABLE} than use --token.`,
    `Exit code: ${exitCodes}; 3 if no scheduler was found or it does not answer, 4 if it does not allow this.`,
    ...(example === undefined ? [] : [`Example: ${example}`]),
  ].map(wrapped);
}

/** The text in lines that fit into the help. */
function wrapped(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && longer.length <= COLUMNS) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.join('\n');
}
