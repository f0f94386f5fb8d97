/** Finds the running scheduler that a command means. */
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { consoleSocketPath } from '../../console/socket-path.ts';
import type { CommandArguments } from '../command.ts';
import { EXIT_REFUSED, EXIT_UNREACHABLE } from '../exit-codes.ts';
import { textOption } from '../input/arguments.ts';
import { loadConfig } from '../input/config-file.ts';
import { consoleUrl, storeFileOf, TOKEN_VARIABLE, tokenOf } from '../input/console-options.ts';
import { enterProject } from '../input/find-config.ts';
import { isPostgresUrl } from '../input/postgres-place.ts';
import { DEFAULT_STORE_PATH } from '../input/store-path.ts';
import { UsageError } from '../input/usage-error.ts';
import { RemoteError } from './remote-error.ts';

/** Where the console of a scheduler listens, and what it wants to hear. */
export interface RemotePlace {
  /** The path of a Unix socket; absent if the console is reached by its URL. */
  readonly socket?: string;
  /** What paths of the API are appended to. It has no password, and ends with a slash. */
  readonly url: URL;
  readonly token?: string;
  /** Where a browser finds it, if that is known without asking. */
  readonly page?: string;
  /** For messages. */
  readonly text: string;
}

const WAYS = ['url', 'socket', 'store', 'config'] as const;
/** What HTTP makes of a socket: a name that the console takes for this machine. */
const LOCAL_URL = 'http://localhost/';
const HOW_TO_START =
  'Start one with escapement run --console or the option console of createScheduler(), or name it with --url, --socket, --store or --config.';

/** @throws UsageError @throws RemoteError if there is no socket, or it is another user's. */
export async function placeOf(args: CommandArguments): Promise<RemotePlace> {
  const ways = WAYS.filter((name) => textOption(args, name) !== undefined);
  if (ways.length > 1) throw new UsageError(`Name one scheduler: --${ways[0]} or --${ways[1]}, not both.`);
  // A wrong one is a mistake of the user, whatever is found.
  tokenOf(args);
  const place = await foundPlace(args);
  const token = tokenOf(args, place.token);
  return { ...place, ...(token !== undefined && { token }) };
}

async function foundPlace(args: CommandArguments): Promise<RemotePlace> {
  const [url, socket, store, config] = WAYS.map((name) => textOption(args, name));
  if (url !== undefined) return urlPlace(url);
  if (socket !== undefined) return socketPlace(resolve(socket));
  if (store !== undefined) return storePlace(store);
  const file = config ?? enterProject()?.name;
  return file === undefined ? storePlace(DEFAULT_STORE_PATH) : configPlace(file);
}

function urlPlace(text: string): RemotePlace {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw new UsageError('Option --url must be an address such as http://127.0.0.1:7420.');
  if (url.username !== '' || url.password !== '')
    throw new UsageError(`Option --url must have no password: set ${TOKEN_VARIABLE} instead.`);
  if (url.search !== '' || url.hash !== '')
    throw new UsageError('Option --url must be where the console begins, without what follows a "?" or a "#".');
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return { url, page: url.href, text: url.href };
}

function socketPlace(socket: string): RemotePlace {
  return { socket, url: new URL(LOCAL_URL), text: socket };
}

/** The socket beside the file of a store. It was not named by the user, so it must not be a stranger's. */
function storePlace(store: string): RemotePlace {
  if (isPostgresUrl(store))
    throw new UsageError('A store in Postgres has no socket beside it: name the scheduler with --url or --socket.');
  const socket = consoleSocketPath(store);
  // The pipes of Windows are not files.
  if (process.platform !== 'win32') checkOwner(socket, store);
  return socketPlace(socket);
}

/** In a folder for temporary files anybody could have made it, to be told a token. */
function checkOwner(socket: string, store: string): void {
  const owner = statSync(socket, { throwIfNoEntry: false })?.uid;
  if (owner === undefined)
    throw new RemoteError(EXIT_UNREACHABLE, `No scheduler was found: there is no socket ${socket}. ${HOW_TO_START}`);
  const trusted = [0, process.getuid?.(), statSync(store, { throwIfNoEntry: false })?.uid];
  if (trusted.includes(owner)) return;
  throw new RemoteError(
    EXIT_REFUSED,
    `The socket ${socket} belongs to another user than its store. If it is right, name it: --socket ${socket}.`,
  );
}

/** The socket that the configuration names, the one beside its store, or its port. */
async function configPlace(file: string): Promise<RemotePlace> {
  const options = await loadConfig(file);
  const { console: { socket, token, ...address } = {} } = options;
  const store = storeFileOf(options);
  const url = consoleUrl(address);
  const withToken = (place: RemotePlace): RemotePlace => ({
    ...place,
    ...(token !== undefined && { token }),
    ...(url !== null && { page: url }),
  });
  if (socket !== undefined) return withToken(socketPlace(resolve(socket)));
  if (url !== null && (store === null || !existsSync(consoleSocketPath(store)))) return withToken(urlPlace(url));
  if (store !== null) return withToken(storePlace(store));
  throw new RemoteError(
    EXIT_UNREACHABLE,
    `No scheduler was found: "${file}" has no file as its store, and its console has no port and no socket. ${HOW_TO_START}`,
  );
}
