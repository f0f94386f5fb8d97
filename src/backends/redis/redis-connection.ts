/**
 * A connection to Redis through one of two drivers. A session is a client of the driver that connects once: this file
 * opens the next one, so that neither driver queues commands, or sends them again, when a connection comes back.
 *
 * Invariant: every call settles within its limit, by the injected clock. A session that did not answer in time is torn
 * down with all that is under way on it; while there is none, calls reject at once.
 */
import { BackendError } from '../../errors.ts';
import type { Cancel, Clock } from '../../supervisor/ports/clock.ts';
import { reasonOf } from '../../wire/error-record.ts';
import { readableReason } from '../exchange/readable-reason.ts';
import { RedisFault } from './redis-fault.ts';
import type { RedisOptions } from './redis-options.ts';
import type { Script } from './redis-script.ts';

const CALL_LIMIT_MS = 3_000;
const CONNECT_LIMIT_MS = 5_000;
const RECONNECT_LIMIT_MS = 3_000;
const KEEP_ALIVE_MS = 10_000;
const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 1_000;

export interface RedisConnection {
  /**
   * Runs a script in one round trip, two where the server does not know it yet.
   * @throws {RedisFault}
   */
  run(script: Script, keys: readonly string[], args: readonly string[], limitMs?: number): Promise<unknown>;
  /** Rejects what is under way. May be called again. */
  close(): Promise<void>;
}

/** One connection of a driver. */
interface Session {
  /** Rejects when it cannot connect; it may also do neither. */
  readonly ready: Promise<unknown>;
  send(words: readonly string[]): Promise<unknown>;
  destroy(): void;
}

/** Begins a session. `onEnd` is called when it is over, once or more often. */
type Dial = (url: string, onEnd: (error: unknown) => void) => Session;

/**
 * Loads a driver, and connects once.
 * @throws {BackendError} There is no driver, or the server cannot be reached.
 */
export async function openRedisConnection(
  { url, driver }: Pick<RedisOptions, 'url' | 'driver'>,
  clock: Clock,
): Promise<RedisConnection> {
  const connection = new ReconnectingConnection(url, await loadDriver(driver), clock);
  try {
    await connection.connect(CONNECT_LIMIT_MS);
    return connection;
  } catch (error) {
    await connection.close();
    // No cause: errors of a driver may hold the command that failed, and that may be AUTH.
    throw new BackendError('redis', readableReason(error, url));
  }
}

class ReconnectingConnection implements RedisConnection {
  readonly #url: string;
  readonly #dial: Dial;
  readonly #clock: Clock;
  readonly #underWay = new Set<(fault: RedisFault) => void>();
  /** The one that is connected; null while there is none. */
  #session: Session | null = null;
  #giveUpDialling: (error: Error) => void = () => {};
  #cancelRetry: Cancel = () => {};
  #lastReason = 'the connection was lost';
  #isClosed = false;

  constructor(url: string, dial: Dial, clock: Clock) {
    this.#url = url;
    this.#dial = dial;
    this.#clock = clock;
  }

  async connect(limitMs: number): Promise<void> {
    const ended = Promise.withResolvers<never>();
    const session = this.#dial(this.#url, (error) => {
      ended.reject(error);
      this.#lose(session, error);
    });
    this.#giveUpDialling = ended.reject;
    const cancel = this.#clock.sleep(limitMs, () => ended.reject(new Error(`no answer within ${limitMs} ms`)));
    try {
      await Promise.race([ended.promise, session.ready]);
      if (this.#isClosed) throw new Error('the connection was closed');
      this.#session = session;
    } catch (error) {
      session.destroy();
      throw error;
    } finally {
      cancel();
    }
  }

  async run(
    script: Script,
    keys: readonly string[],
    args: readonly string[],
    limitMs = CALL_LIMIT_MS,
  ): Promise<unknown> {
    const session = this.#session;
    if (session === null) throw new RedisFault(`not connected: ${this.#lastReason}`, { isUnknown: false });
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const cancel = this.#clock.sleep(limitMs, () =>
      this.#lose(session, new Error(`no answer within ${Math.round(limitMs)} ms`)),
    );
    this.#underWay.add(reject);
    evaluate(session, script, keys, args).then(resolve, (error: unknown) => {
      reject(this.#fault(error));
      // The server that we know is a replica now: by its name we may find the new primary.
      if (/^READONLY/.test(reasonOf(error))) this.#lose(session, error);
    });
    try {
      return await promise;
    } finally {
      cancel();
      this.#underWay.delete(reject);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelRetry();
    this.#giveUpDialling(new Error('the connection was closed'));
    this.#drop(new Error('the connection was closed'));
  }

  /** Begins anew when the session in use is over. */
  #lose(session: Session, error: unknown): void {
    if (this.#session !== session) return;
    this.#drop(error);
    this.#retryAfter(0);
  }

  #drop(error: unknown): void {
    const session = this.#session;
    this.#session = null;
    this.#lastReason = readableReason(error, this.#url);
    for (const reject of this.#underWay) reject(this.#fault(error));
    session?.destroy();
  }

  #retryAfter(delayMs: number): void {
    if (this.#isClosed) return;
    this.#cancelRetry = this.#clock.sleep(delayMs, () => void this.#retry(delayMs));
  }

  async #retry(delayMs: number): Promise<void> {
    try {
      await this.connect(RECONNECT_LIMIT_MS);
    } catch (error) {
      this.#lastReason = readableReason(error, this.#url);
      this.#retryAfter(Math.min(Math.max(FIRST_RETRY_MS, delayMs * 2), LONGEST_RETRY_MS));
    }
  }

  /** A script that was refused may have done part of its work: so whatever was sent may have happened. */
  #fault(error: unknown): RedisFault {
    return new RedisFault(readableReason(error, this.#url), { isUnknown: true });
  }
}

async function evaluate(
  session: Session,
  { text, sha }: Script,
  keys: readonly string[],
  args: readonly string[],
): Promise<unknown> {
  const rest = [String(keys.length), ...keys, ...args];
  try {
    return await session.send(['EVALSHA', sha, ...rest]);
  } catch (error) {
    if (!/^NOSCRIPT/.test(reasonOf(error))) throw error;
    return session.send(['EVAL', text, ...rest]);
  }
}

/** Without a wish the first one that is installed. */
async function loadDriver(wished: RedisOptions['driver']): Promise<Dial> {
  const dial =
    (wished === 'ioredis' ? null : await loadIfInstalled(loadNodeRedis)) ??
    (wished === 'redis' ? null : await loadIfInstalled(loadIoredis));
  if (dial !== null) return dial;
  if (wished === undefined) {
    throw new BackendError('redis', 'neither the package "redis" nor "ioredis" is installed: npm install redis');
  }
  throw new BackendError('redis', `the package "${wished}" is not installed: npm install ${wished}`);
}

async function loadIfInstalled(load: () => Promise<Dial>): Promise<Dial | null> {
  try {
    return await load();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return null;
    throw error;
  }
}

async function loadNodeRedis(): Promise<Dial> {
  const { createClient } = await import('redis');
  return (url, onEnd) => {
    const client = createClient({
      url,
      RESP: 2,
      disableOfflineQueue: true,
      socket: {
        reconnectStrategy: false,
        connectTimeout: CONNECT_LIMIT_MS,
        keepAlive: true,
        keepAliveInitialDelay: KEEP_ALIVE_MS,
      },
    });
    client.on('error', onEnd);
    const destroy = (): void => {
      // One that is still dialling cannot be destroyed: it must not keep the process.
      client.unref();
      try {
        client.destroy();
      } catch {
        // Version 5 refuses what is closed already.
      }
    };
    return { ready: client.connect(), send: (words) => client.sendCommand([...words]), destroy };
  };
}

async function loadIoredis(): Promise<Dial> {
  const { Redis } = await import('ioredis');
  return (url, onEnd) => {
    const client = new Redis(url, {
      protocol: 2,
      lazyConnect: true,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      retryStrategy: () => null,
      connectTimeout: CONNECT_LIMIT_MS,
      keepAlive: KEEP_ALIVE_MS,
    });
    // It goes on where its database cannot be selected, and tells the reason of a failure only here.
    client.on('error', onEnd);
    client.on('end', () => onEnd(new Error('the connection was closed')));
    const destroy = (): void => {
      client.disconnect();
      // There is none before it has begun to dial.
      (client.stream as typeof client.stream | undefined)?.destroy();
    };
    const send = async ([name = '', ...rest]: readonly string[]): Promise<unknown> => client.call(name, ...rest);
    return { ready: client.connect(), send, destroy };
  };
}
