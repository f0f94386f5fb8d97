/** A client of the user's as sessions: of either driver, and of any kind (a server, a Redis Cluster, sentinels). */
import type { EventEmitter } from 'node:events';
import { secretUrl } from '../exchange/credentials.ts';
import { givenBy, type UserModule } from '../options/user-module.ts';
import type { Dial, RedisSession } from './redis-drivers.ts';

/** A client, made alike. */
interface AnyClient {
  readonly emitter: EventEmitter;
  /** Events after which the session is over. */
  readonly endings: readonly string[];
  isReady(): boolean;
  /** Nobody has begun to connect it, or it has ended. */
  isIdle(): boolean;
  connect(): Promise<unknown>;
  send(words: readonly string[]): Promise<unknown>;
  subscribe(channel: string, heard: (text: string) => void): Promise<unknown>;
  /** Another client with the same options, which nobody has connected. @throws {Error} This kind cannot do that. */
  copied(): AnyClient;
  destroy(): void;
}

type Raw = EventEmitter;

const WISH = { option: 'client', what: 'a client of ioredis or redis', is: isClient };
const ENDINGS = ['error', 'close', 'end', 'reconnecting'];
/** A cluster's errors may be those of nodes that do not have our keys. */
const ENDINGS_OF_CLUSTER = ['close', 'end', 'disconnect'];
const BEGINNINGS = ['ready', 'connect'];
const MAX_DEPTH = 3;

const nothing = (): void => {};

/** Clients that were connected once: one that has ended since was closed by its owner. */
const begun = new WeakSet<object>();

/** Dials with clients of a module of the user's, and knows the passwords in their options. */
export class ClientDial {
  readonly #module: UserModule;
  readonly #key: string;
  #secrets: readonly string[] = [];

  /** @param key Any of our keys: all of them are in one slot. */
  constructor(module: UserModule, key: string) {
    this.#module = module;
    this.#key = key;
  }

  /** URLs with the passwords that no message may show. */
  get secrets(): readonly string[] {
    return this.#secrets;
  }

  /**
   * A session on the client that the module exports, which goes on when the session is over, or on one that its function
   * returns, which is destroyed with the session.
   */
  readonly dial: Dial = (_url, onEnd) => {
    const session = new ClientSession(this.#key, onEnd);
    const given = givenBy<Raw>(this.#module, WISH);
    const ready = given.then(({ value, isOurs }) => {
      this.#secrets = secretsIn(Reflect.get(value, 'options'), MAX_DEPTH);
      return session.begin(value, isOurs);
    });
    return {
      ready,
      send: (words) => session.send(words),
      subscribe: (channel, heard) => session.subscribe(channel, heard),
      destroy: () => session.destroy(),
    };
  };
}

class ClientSession implements Omit<RedisSession, 'ready'> {
  readonly #key: string;
  readonly #onEnd: (error: unknown) => void;
  #client: AnyClient | null = null;
  /** What this session connected, and destroys. */
  #ours: AnyClient | null = null;
  #isOver = false;
  #stopListening: () => void = nothing;

  constructor(key: string, onEnd: (error: unknown) => void) {
    this.#key = key;
    this.#onEnd = onEnd;
  }

  /** Resolves when the server that has our keys answers. It may also never settle. */
  async begin(raw: Raw, isOurs: boolean): Promise<void> {
    const client = alike(raw, this.#key);
    this.#client = client;
    if (isOurs) this.#ours = client;
    if (client.isIdle() && begun.has(raw)) throw new Error('the client was closed');
    await this.#connected(client);
    begun.add(raw);
    await client.send(['EXISTS', this.#key]);
  }

  /** A client that subscribes is for nothing else, so one that goes on is copied. */
  async subscribe(channel: string, heard: (text: string) => void): Promise<void> {
    if (this.#ours === null) {
      this.#ours = this.#client?.copied() ?? null;
      if (this.#ours !== null) await this.#connected(this.#ours);
    }
    await this.#ours?.subscribe(channel, heard);
  }

  /** Rejects at once while the client is not connected: it would queue the command. */
  async send(words: readonly string[]): Promise<unknown> {
    if (this.#client?.isReady() !== true) throw new Error('the client is not connected');
    return this.#client.send(words);
  }

  destroy(): void {
    this.#isOver = true;
    this.#stopListening();
    this.#ours?.destroy();
  }

  /** Resolves when it is connected. It may also never settle. */
  async #connected(client: AnyClient): Promise<void> {
    // Without a listener an error of the client would be thrown.
    if (!client.emitter.listeners('error').includes(nothing)) client.emitter.on('error', nothing);
    if (this.#isOver) {
      this.destroy();
      throw new Error('the session is over');
    }
    const ready = Promise.withResolvers<void>();
    this.#stopListening();
    this.#listen(client, () => client.isReady() && ready.resolve());
    if (client.isIdle()) client.connect().catch(this.#onEnd);
    if (client.isReady()) ready.resolve();
    await ready.promise;
  }

  #listen({ emitter, endings }: AnyClient, look: () => void): void {
    const ended = (error: unknown): void =>
      this.#onEnd(error instanceof Error ? error : new Error('the connection was closed'));
    for (const event of endings) emitter.on(event, ended);
    for (const event of BEGINNINGS) emitter.on(event, look);
    this.#stopListening = () => {
      for (const event of endings) emitter.off(event, ended);
      for (const event of BEGINNINGS) emitter.off(event, look);
    };
  }
}

function alike(raw: Raw, key: string): AnyClient {
  return isIoredis(raw) ? ofIoredis(raw) : ofNodeRedis(raw, key);
}

function ofIoredis(raw: Raw): AnyClient {
  const status = (): unknown => Reflect.get(raw, 'status');
  return {
    emitter: raw,
    endings: has(raw, 'nodes') ? ENDINGS_OF_CLUSTER : ENDINGS,
    isReady: () => status() === 'ready',
    isIdle: () => status() === 'wait' || status() === 'end',
    connect: () => invoke(raw, 'connect'),
    send: (words) => invoke(raw, 'call', ...words),
    subscribe: (channel, heard) => {
      raw.on('message', (_channel: unknown, text: string) => heard(text));
      return invoke(raw, 'subscribe', channel);
    },
    copied: () => ofIoredis(copyOf(raw)),
    destroy: () => {
      invoke(raw, 'disconnect').catch(nothing);
      const stream: unknown = Reflect.get(raw, 'stream');
      if (has(stream, 'destroy')) stream.destroy();
    },
  };
}

/** Every kind of client of this driver takes other arguments. */
function ofNodeRedis(raw: Raw, key: string): AnyClient {
  const isCluster = has(raw, 'nodeClient');
  const isOpen = (): boolean => Reflect.get(raw, 'isOpen') as boolean;
  return {
    emitter: raw,
    endings: isCluster ? ENDINGS_OF_CLUSTER : ENDINGS,
    isReady: () => isOpen() && Reflect.get(raw, 'isReady') !== false,
    isIdle: () => !isOpen(),
    connect: () => invoke(raw, 'connect'),
    send: (words) => invoke(raw, 'sendCommand', ...routeOf(raw, key), [...words]),
    subscribe: (channel, heard) => invoke(raw, 'subscribe', channel, heard),
    copied: () => ofNodeRedis(copyOf(raw), key),
    // Some clients throw, and others reject, if they are closed already.
    destroy: () => void invoke(raw, 'destroy').catch(nothing),
  };
}

/** What comes before the words of a command: for a cluster the key, and whether a replica will do. */
function routeOf(raw: Raw, key: string): readonly unknown[] {
  if (has(raw, 'nodeClient')) return [key, false];
  return has(raw, 'getMasterNode') ? [false] : [];
}

function copyOf(raw: Raw): Raw {
  if (has(raw, 'duplicate')) return raw.duplicate() as unknown as Raw;
  throw new Error('the client cannot be copied to subscribe');
}

async function invoke(raw: Raw, method: string, ...args: readonly unknown[]): Promise<unknown> {
  return (Reflect.get(raw, method) as (...args: unknown[]) => unknown).apply(raw, [...args]);
}

function isClient(value: unknown): value is Raw {
  if (!has(value, 'on') || !has(value, 'off')) return false;
  return isIoredis(value) || (has(value, 'sendCommand') && typeof Reflect.get(value, 'isOpen') === 'boolean');
}

function isIoredis(value: object): boolean {
  return has(value, 'call') && typeof Reflect.get(value, 'status') === 'string';
}

function has<K extends string>(value: unknown, method: K): value is Record<K, () => unknown> {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, method) === 'function';
}

/** The drivers keep passwords at several places of their options, alone or in URLs. */
function secretsIn(options: unknown, depth: number): string[] {
  if (typeof options !== 'object' || options === null || depth === 0) return [];
  return Object.entries(options).flatMap(([name, value]) => {
    if (typeof value !== 'string') return secretsIn(value, depth - 1);
    if (/password$/i.test(name)) return [secretUrl(value)];
    return /^rediss?:/.test(value) ? [value] : [];
  });
}
