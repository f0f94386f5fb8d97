import { resolve } from 'node:path';
import { consoleSocketPath } from '../../console/socket-path.ts';
import { type SchedulerOptions, sqliteStore } from '../../index.ts';
import type { CommandArguments, CommandOption } from '../command.ts';
import { textOption } from './arguments.ts';
import { UsageError } from './usage-error.ts';
import { wholeNumberOption } from './whole-number.ts';

/** The option `console` of a scheduler: see `createScheduler()`. */
export interface ConsoleOptions {
  readonly port?: number;
  readonly host?: string;
  readonly socket?: string;
  readonly token?: string;
  readonly readOnly?: boolean;
}

/** The options of a scheduler with those of its console. */
export type WithConsole = SchedulerOptions & { readonly console?: ConsoleOptions };

/** Where `escapement run --console` listens unless it is told otherwise. */
const DEFAULT_CONSOLE_PORT = 7420;
const DEFAULT_CONSOLE_HOST = '127.0.0.1';
/** Where commands look for the token, because a word of the command line can be seen by others. */
export const TOKEN_VARIABLE = 'ESCAPEMENT_TOKEN';

const MAX_PORT = 65_535;

/** The options by which `escapement run` turns the console on. */
export const CONSOLE_OPTIONS: Readonly<Record<'console' | 'console-socket' | 'token', CommandOption>> = {
  console: {
    type: 'string',
    value: '[<port>]',
    implied: String(DEFAULT_CONSOLE_PORT),
    help: `serve the console on this machine (default: ${DEFAULT_CONSOLE_PORT})`,
  },
  'console-socket': { type: 'boolean', help: 'serve it on the socket beside the store only' },
  token: { type: 'string', value: '<token>', help: `what the console asks for (default: ${TOKEN_VARIABLE})` },
};

const STORE_MODULE = sqliteStore({ path: 'escapement.db' }).module;

/** The file that keeps the state; null for a store that has none, or that the user wrote. */
export function storeFileOf({ store }: SchedulerOptions): string | null {
  const path = store?.module === STORE_MODULE ? store.options['path'] : null;
  return typeof path === 'string' ? path : null;
}

/** Where the page of a console is: a host that stands for all addresses is reached by this machine's own. */
export function consoleUrl({ port, host = DEFAULT_CONSOLE_HOST }: ConsoleOptions): string | null {
  if (port === undefined) return null;
  const own = { '0.0.0.0': '127.0.0.1', '::': '::1', '': DEFAULT_CONSOLE_HOST }[host] ?? host;
  return `http://${own.includes(':') ? `[${own}]` : own}:${port}/`;
}

/**
 * The console that a command line and a configuration ask for; undefined for none. It also listens on the socket beside
 * the store, where other commands look for it.
 * @throws UsageError
 */
export function consoleOf(args: CommandArguments, options: WithConsole): ConsoleOptions | undefined {
  const { console: configured } = options;
  const where = whereOf(args);
  if (where === null && configured === undefined) {
    if (args.values['token'] === undefined) return undefined;
    throw new UsageError('Option --token is for the console: turn it on with --console.');
  }
  const { port, socket, ...rest } = configured ?? {};
  const address = where === null ? { ...(port !== undefined && { port }) } : where;
  const file = storeFileOf(options);
  const listened = socket === undefined ? file && consoleSocketPath(file) : resolve(socket);
  if (listened === null && address.port === undefined)
    throw new UsageError('Option --console-socket needs a store in a file, or console.socket in the configuration.');
  const token = textOption(args, 'token') ?? rest.token ?? process.env[TOKEN_VARIABLE] ?? '';
  return { ...rest, ...address, ...(listened !== null && { socket: listened }), ...(token !== '' && { token }) };
}

/** What the command line says about it: a port, or no port because the socket is enough; null for nothing. */
function whereOf(args: CommandArguments): { readonly port?: number } | null {
  const isSocketOnly = args.values['console-socket'] === true;
  if (textOption(args, 'console') === undefined) return isSocketOnly ? {} : null;
  if (isSocketOnly) throw new UsageError('Use --console or --console-socket, not both.');
  return { port: wholeNumberOption(args, 'console', { byDefault: DEFAULT_CONSOLE_PORT, max: MAX_PORT }) };
}

/** Where a console is, for people: its address, its socket, or both. */
export function consoleText(console: ConsoleOptions): string {
  return [consoleUrl(console), console.socket].filter((place) => typeof place === 'string').join(' and ');
}
