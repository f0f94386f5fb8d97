import { resolve } from 'node:path';
import { consoleSocketPath } from '../../console/socket-path.ts';
import { InvalidOptionError } from '../../errors.ts';
import type { SupervisorConfig } from '../../supervisor/supervisor-config.ts';
import { packageVersion } from '../../wire/package-version.ts';
import type { CheckedOptions } from '../checking/check-options.ts';
import { listOf } from '../notify/notify-options.ts';
import type { SchedulerOptions } from '../scheduler-options.ts';
import type { ConsoleConfig } from './console-config.ts';

const LOOPBACK = /^(?:localhost|::1|127(?:\.\d{1,3}){3})$/i;

/**
 * What the console's thread is started with; null without anything to do for it, as in a dry run. It tells and checks in
 * without a console, too.
 * @throws InvalidOptionError when the console would be open to everybody, or would listen nowhere.
 */
export function resolveConsole(
  { console: given, notify, dryRun }: CheckedOptions,
  { store, nodeId, timezone, plugins }: Pick<SupervisorConfig, 'store' | 'nodeId' | 'timezone' | 'plugins'>,
): ConsoleConfig | null {
  const notifies = notify !== undefined || plugins.some(({ checkIn }) => checkIn !== undefined);
  if ((given === undefined && !notifies) || dryRun) return null;
  const { port, host, token, readOnly = true } = given ?? {};
  if (port === undefined && host !== undefined) {
    throw new InvalidOptionError('console.host', 'it is the address of a port: give console.port, too');
  }
  if (host !== undefined && !LOOPBACK.test(host) && token === undefined) {
    const rule = `everybody who reaches ${host} could act: give a console.token, or leave it at 127.0.0.1`;
    throw new InvalidOptionError('console.host', rule);
  }
  return {
    port: port ?? null,
    host: host ?? '127.0.0.1',
    socket: given === undefined ? null : socketOf(given, store),
    token: token ?? null,
    isReadOnly: readOnly,
    version: packageVersion(),
    nodeId,
    timezone,
    notify: notifies ? { targets: listOf(notify as SchedulerOptions['notify']) } : null,
  };
}

/** Beside the file of a SQLite store, where the command line looks for it, unless the options say where. */
function socketOf(
  { port, socket }: NonNullable<CheckedOptions['console']>,
  store: SupervisorConfig['store'],
): string | null {
  if (socket !== undefined) return socket.startsWith('\\\\') ? socket : resolve(socket);
  const { path } = store.options;
  if (store.module === 'builtin:sqlite-store' && typeof path === 'string') return consoleSocketPath(path);
  if (port !== undefined) return null;
  throw new InvalidOptionError('console', 'it must have a port or a socket; only sqliteStore() has a place for one');
}
