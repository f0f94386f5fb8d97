import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { InvalidOptionError } from '../../errors.ts';
import type { ConsoleConfig } from '../console-config.ts';
import { readPageFiles } from '../page-files.ts';
import type { SchedulerSource } from '../scheduler-source.ts';
import { type ConsoleApp, type ConsoleParts, consoleApp } from './console-app.ts';
import { type Gate, openGate } from './gates/gate.ts';
import { isLoopback, loopbackGate } from './gates/loopback.ts';
import { tokenGate } from './gates/token-gate.ts';
import { limitedServer } from './serving/limited-server.ts';
import { nowMs } from './serving/system-time.ts';
import { listenOnSocket } from './serving/unix-socket.ts';

/** What of the console's configuration says where it listens and whom it lets in. */
export type Doors = Pick<ConsoleConfig, 'port' | 'host' | 'socket' | 'token' | 'isReadOnly'>;

/** A console that listens. */
export interface ServedConsole {
  /** Without a slash at the end, as `http://127.0.0.1:8080`; null without a port. */
  readonly url: string | null;
  /** The path of its socket; null without one. */
  readonly socket: string | null;
  /** Ends every connection. Resolves when nothing listens any more. */
  close(): Promise<void>;
}

/**
 * Serves the console of a scheduler on a port, on a Unix socket, or on both.
 * @throws InvalidOptionError when other machines could reach it without a token.
 * @throws BackendError when the socket's path is taken or cannot be used. Rejects with Node's error for a port.
 */
export async function serveConsole(source: SchedulerSource, config: Doors): Promise<ServedConsole> {
  const doors: Door[] = [];
  const place: { url: string | null } = { url: null };
  const close = async (): Promise<void> => {
    await Promise.all(doors.map((door) => door.close()));
  };
  try {
    const building = { source, isReadOnly: config.isReadOnly, place };
    if (config.port !== null) place.url = await openPort(building, { ...config, port: config.port }, doors);
    if (config.socket !== null) await openSocket(building, config.socket, doors);
    return { url: place.url, socket: config.socket, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Door {
  close(): Promise<void>;
}

type Building = Pick<ConsoleParts, 'source' | 'isReadOnly' | 'place'>;

async function openPort(
  building: Building,
  { port, host, token }: Doors & { readonly port: number },
  doors: Door[],
): Promise<string> {
  const visitor = { name: 'console', canAct: !building.isReadOnly };
  if (token === null && !isLoopback(host)) {
    const advice = 'set "console.token", or listen on 127.0.0.1';
    throw new InvalidOptionError('console.host', `other machines can reach ${host}, and there is no token: ${advice}`);
  }
  const gate = token === null ? loopbackGate(visitor) : tokenGate(token, visitor, nowMs);
  const { server, app } = serverOf(building, gate);
  server.listen({ port, host });
  await once(server, 'listening');
  doors.push(doorOf(server, app, () => {}));
  const address = server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
}

async function openSocket(building: Building, path: string, doors: Door[]): Promise<void> {
  // Who can open the file is who may act.
  const { server, app } = serverOf(building, openGate({ name: 'socket', canAct: !building.isReadOnly }));
  doors.push(doorOf(server, app, await listenOnSocket(server, path)));
}

function serverOf(building: Building, gate: Gate): { readonly server: Server; readonly app: ConsoleApp } {
  const app = consoleApp({ ...building, gate, readPage: () => readPageFiles(), basePath: '' });
  return { server: limitedServer(app), app };
}

function doorOf(server: Server, app: ConsoleApp, remove: () => void): Door {
  return {
    close: async () => {
      remove();
      app.close();
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      server.closeAllConnections();
      await closed;
    },
  };
}
