import { resolve } from 'node:path';
import { consoleSocketPath } from '../../console/socket-path.ts';
import type { ConsoleAddress } from '../../host/console/console-config.ts';
import { type ConsoleOptions, type SchedulerOptions, sqliteStore } from '../../index.ts';
import type { CommandArguments, CommandOption } from '../command.ts';
import { textOption } from './arguments.ts';
import { UsageError } from './usage-error.ts';
import { wholeNumberOption } from './whole-number.ts';

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

/** Where a configuration says that the page is; null without a port, or with one that the system chooses. */
export function consoleUrl({ port = 0, host = DEFAULT_CONSOLE_HOST }: ConsoleOptions): string | null {
  return port === 0 ? null : ownAddress(`http://${host.includes(':') ? `[${host}]` : host}:${port}/`);
}

/** An address as this machine reaches it: a host that stands for all addresses is its own. */
export function ownAddress(url: string): string {
  return url.replace(/^(https?:\/\/)(0\.0\.0\.0|\[::\])(?=[:/])/, (_, protocol: string, host: string) => {
    return `${protocol}${host === '[::]' ? '[::1]' : DEFAULT_CONSOLE_HOST}`;
  });
}

/**
 * The token of the command line, of the configuration, or of the environment; undefined for none. It becomes a header, and
 * the error about a wrong header would not say what to do.
 * @throws UsageError
 */
export function tokenOf(args: CommandArguments, configured?: string): string | undefined {
  const text = textOption(args, 'token') ?? configured ?? process.env[TOKEN_VARIABLE] ?? '';
  if (text === '') return undefined;
  if (/^[\x21-\x7e]+$/.test(text)) return text;
  throw new UsageError('The token must be printable ASCII without spaces. Look for a line break at its end.');
}

/**
 * The console that a command line and a configuration ask for; undefined for none. It also listens on the socket beside
 * the store, where other commands look for it.
 * @throws UsageError
 */
export function consoleOf(args: CommandArguments, options: SchedulerOptions): ConsoleOptions | undefined {
  const { console: configured } = options;
  const where = whereOf(args);
  if (where === null && configured === undefined) {
    if (args.values['token'] === undefined) return undefined;
    throw new UsageError('Option --token is for the console: turn it on with --console.');
  }
  const { port, host, socket, ...rest } = configured ?? {};
  const address = where ?? { ...(port !== undefined && { port }) };
  // With the socket only, the configured host is the address of nothing.
  const isSocketOnly = where !== null && where.port === undefined;
  const file = storeFileOf(options);
  const listened = socket === undefined ? file && consoleSocketPath(file) : resolve(socket);
  if (listened === null && address.port === undefined)
    throw new UsageError('Option --console-socket needs a store in a file, or console.socket in the configuration.');
  const token = tokenOf(args, rest.token);
  return {
    ...rest,
    ...address,
    ...(host !== undefined && !isSocketOnly && { host }),
    ...(listened !== null && { socket: listened }),
    ...(token !== undefined && { token }),
  };
}

/** What the command line says about it: a port, or no port because the socket is enough; null for nothing. */
function whereOf(args: CommandArguments): { readonly port?: number } | null {
  const isSocketOnly = args.values['console-socket'] === true;
  if (textOption(args, 'console') === undefined) return isSocketOnly ? {} : null;
  if (isSocketOnly) throw new UsageError('Use --console or --console-socket, not both.');
  return { port: wholeNumberOption(args, 'console', { byDefault: DEFAULT_CONSOLE_PORT, max: MAX_PORT }) };
}

/** Where a console listens, for people: its address, its socket, or both. */
export function consoleText({ url, socket }: ConsoleAddress): string {
  return [url && `${ownAddress(url)}/`, socket].filter((place) => place !== null).join(' and ');
}
