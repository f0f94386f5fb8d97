/** The two drivers, made alike: a session is a client of either that connects once and then never again. */
import { BackendError } from '../../errors.ts';
import type { RedisOptions, TlsOptions } from './redis-locking-options.ts';
import { socketAddress } from './redis-urls.ts';

const CONNECT_LIMIT_MS = 5_000;
const KEEP_ALIVE_MS = 10_000;

/** One connection to the server. */
export interface RedisSession {
  /** Resolves once the session is connected. Rejects if it cannot connect; it may also never settle. */
  readonly ready: Promise<unknown>;
  send(words: readonly string[]): Promise<unknown>;
  /** Resolves once `heard` gets what is published to the channel. From then on the session is for nothing else. */
  subscribe(channel: string, heard: (text: string) => void): Promise<unknown>;
  destroy(): void;
}

/** Begins a session. `onEnd` is called when the session is over, maybe more than once. */
export type Dial = (url: string, onEnd: (error: unknown) => void) => RedisSession;

/** How to connect, whatever the server. */
export interface DriverOptions {
  readonly driver: RedisOptions['driver'];
  readonly tls: TlsOptions | undefined;
  /** What the server lists the sessions as. */
  readonly name: string;
}

/**
 * Loads the driver that is asked for, or else the first one that is installed.
 * @throws {BackendError} It is not installed.
 */
export async function loadDriver({ driver: wished, tls = {}, name }: DriverOptions): Promise<Dial> {
  const dial =
    (wished === 'ioredis' ? null : await loadIfInstalled(() => loadNodeRedis(tls))) ??
    (wished === 'redis' ? null : await loadIfInstalled(() => loadIoredis(tls)));
  if (dial !== null) return naming(dial, name);
  if (wished === undefined) {
    throw new BackendError('redis', 'neither the package "redis" nor "ioredis" is installed: npm install redis');
  }
  throw new BackendError('redis', `the package "${wished}" is not installed: npm install ${wished}`);
}

/** The name only helps operators, so a server that refuses it is used all the same. */
function naming(dial: Dial, name: string): Dial {
  return (url, onEnd) => {
    const session = dial(url, onEnd);
    session.ready.then(() => session.send(['CLIENT', 'SETNAME', name])).catch(() => {});
    return session;
  };
}

async function loadIfInstalled(load: () => Promise<Dial>): Promise<Dial | null> {
  try {
    return await load();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return null;
    throw error;
  }
}

async function loadNodeRedis(tls: TlsOptions): Promise<Dial> {
  const { createClient } = await import('redis');
  return (url, onEnd) => {
    const { path, ...login } = socketAddress(url) ?? {};
    const kept = {
      reconnectStrategy: false,
      connectTimeout: CONNECT_LIMIT_MS,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
    } as const;
    const once = { RESP: 2, disableOfflineQueue: true } as const;
    const client =
      path === undefined
        ? createClient({ ...once, url, socket: isForTls(url) ? { ...kept, ...tls, tls: true } : kept })
        : createClient({ ...once, ...login, socket: { ...kept, path, tls: false } });
    client.on('error', onEnd);
    const destroy = (): void => {
      // A client that is still connecting cannot be destroyed; without this it would keep the process alive.
      client.unref();
      try {
        client.destroy();
      } catch {
        // Version 5 throws if the client is closed already.
      }
    };
    return {
      ready: client.connect(),
      send: (words) => client.sendCommand([...words]),
      subscribe: (channel, heard) => client.subscribe(channel, heard),
      destroy,
    };
  };
}

async function loadIoredis(tls: TlsOptions): Promise<Dial> {
  const { Redis } = await import('ioredis');
  return (url, onEnd) => {
    const { database: db, ...place } = socketAddress(url) ?? {};
    const once = {
      protocol: 2,
      lazyConnect: true,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      retryStrategy: () => null,
      connectTimeout: CONNECT_LIMIT_MS,
      keepAlive: KEEP_ALIVE_MS,
    } as const;
    const client =
      db === undefined ? new Redis(url, isForTls(url) ? { ...once, tls } : once) : new Redis({ ...once, ...place, db });
    // Only this event has the reason of a failure; and if the database cannot be selected, the client goes on without.
    client.on('error', onEnd);
    client.on('end', () => onEnd(new Error('the connection was closed')));
    const destroy = (): void => {
      client.disconnect();
      // The stream is undefined until the client begins to connect.
      (client.stream as typeof client.stream | undefined)?.destroy();
    };
    const send = async ([name = '', ...rest]: readonly string[]): Promise<unknown> => client.call(name, ...rest);
    const subscribe = (channel: string, heard: (text: string) => void): Promise<unknown> => {
      client.on('message', (_channel, text) => heard(text));
      return client.subscribe(channel);
    };
    return { ready: client.connect(), send, subscribe, destroy };
  };
}

function isForTls(url: string): boolean {
  return url.startsWith('rediss:');
}
