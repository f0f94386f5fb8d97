import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { Pool, PoolClient } from 'pg';
import { BackendError } from '../../../errors.ts';
import type { Clock } from '../../../supervisor/ports/clock.ts';
import { within } from '../../../supervisor/ports/within.ts';
import { reasonOf } from '../../../wire/error-record.ts';
import { secretUrl } from '../../exchange/credentials.ts';
import { type Given, givenBy, type UserModule } from '../../options/user-module.ts';
import type { ConnectionPool } from './connection-pool.ts';

export interface LentPoolOptions {
  readonly pool: UserModule;
  /** How many connections of the pool are used at the same time. */
  readonly maxConnections: number;
  /** How long the module may take to give the pool, and a call waits for its turn. */
  readonly connectLimitMs: number;
  readonly isKept?: boolean;
}

/** What calls need of a pool, and so what a connection that is kept for good must leave in it. */
const FREE_CONNECTIONS = 3;

const nothing = (): void => {};

/** Pools that have our listener: without one the driver would throw the end of an idle connection. */
const heard = new WeakSet<Pool>();

/**
 * A pool that a module of the user's exports, which stays theirs, or that its function returned, which we end. Of either
 * we touch only connections that we have on loan, and idle ones that we gave back.
 */
export class LentPool implements ConnectionPool {
  readonly #pool: Pool;
  readonly #isOurs: boolean;
  readonly #clock: Clock;
  readonly #limitMs: number;
  #placesLeft: number;
  readonly #waiting = new Set<() => void>();
  readonly #onLoan = new Set<PoolClient>();
  readonly #idle = new Set<PoolClient>();
  readonly #returned = new Map<PoolClient, () => void>();
  readonly #givenUp = Promise.withResolvers<void>();

  /** @throws {BackendError} The module has no pool for us. */
  static async load({ pool, ...limits }: LentPoolOptions, clock: Clock): Promise<LentPool> {
    const asked = givenBy(pool, { option: 'pool', what: 'a Pool of the package pg', is: isPool });
    try {
      const given = await within(clock, asked, {
        limitMs: limits.connectLimitMs,
        who: 'the module of option pool',
        late: ({ value, isOurs }) => void (isOurs && value.end().catch(nothing)),
      });
      if ((given.value.options as { binary?: unknown }).binary === true)
        throw new Error('option pool: a pool with binary: true cannot be used');
      if (limits.isKept === true && (given.value.options.max ?? 0) <= FREE_CONNECTIONS)
        throw new Error(`option pool: a pool with ${FREE_CONNECTIONS} connections has none left to listen on`);
      return new LentPool(given, limits, clock);
    } catch (error) {
      throw new BackendError('postgres', reasonOf(error), { cause: error });
    }
  }

  private constructor({ value, isOurs }: Given<Pool>, limits: Omit<LentPoolOptions, 'pool'>, clock: Clock) {
    this.#pool = value;
    this.#isOurs = isOurs;
    this.#clock = clock;
    this.#limitMs = limits.connectLimitMs;
    this.#placesLeft = limits.maxConnections;
    if (!heard.has(value)) value.on('error', nothing);
    heard.add(value);
    value.on('acquire', this.#acquired);
    value.on('release', this.#released);
    value.on('remove', this.#acquired);
  }

  get secrets(): readonly string[] {
    const { password, connectionString } = this.#pool.options;
    return [...(typeof password === 'string' ? [secretUrl(password)] : []), connectionString ?? ''].filter(Boolean);
  }

  async acquire(): Promise<PoolClient> {
    await this.#place();
    try {
      for (;;) {
        const client = await this.#pool.connect();
        if (socketOf(client)?.destroyed !== true) {
          this.#lend(client);
          return client;
        }
        client.release(true);
      }
    } catch (error) {
      this.#givePlace();
      throw error;
    }
  }

  destroySilent(client: PoolClient): void {
    socketOf(client)?.destroy();
    this.destroyIdle();
  }

  destroyIdle(): void {
    for (const idle of this.#idle) socketOf(idle)?.destroy();
  }

  async end(): Promise<void> {
    const returned = [...this.#onLoan].map((client) => {
      socketOf(client)?.destroy();
      return new Promise<void>((resolve) => this.#returned.set(client, resolve));
    });
    const ended = Promise.all(returned).then(() => (this.#isOurs ? this.#pool.end() : undefined));
    await Promise.race([ended.catch(nothing), this.#givenUp.promise]);
    this.#pool.off('acquire', this.#acquired);
    this.#pool.off('release', this.#released);
    this.#pool.off('remove', this.#acquired);
  }

  destroyAll(): void {
    for (const client of [...this.#onLoan, ...(this.#isOurs ? this.#idle : [])]) socketOf(client)?.destroy();
    this.#givenUp.resolve();
  }

  readonly #acquired = (client: PoolClient): void => void this.#idle.delete(client);

  readonly #released = (_error: unknown, client: PoolClient): void => {
    if (!this.#onLoan.delete(client)) return;
    this.#idle.add(client);
    (client as EventEmitter).off('error', nothing);
    this.#returned.get(client)?.();
    this.#givePlace();
  };

  #lend(client: PoolClient): void {
    this.#onLoan.add(client);
    // A call that uses a connection rejects when the connection ends.
    (client as EventEmitter).on('error', nothing);
  }

  /** Resolves when fewer connections are on loan than may be. */
  #place(): Promise<void> {
    if (this.#placesLeft > 0) {
      this.#placesLeft -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const taken = (): void => {
        cancel();
        resolve();
      };
      const cancel = this.#clock.sleep(this.#limitMs, () => {
        this.#waiting.delete(taken);
        reject(new Error('no connection was free in time'));
      });
      this.#waiting.add(taken);
    });
  }

  #givePlace(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#placesLeft += 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}

function isPool(value: unknown): value is Pool {
  if (typeof value !== 'object' || value === null) return false;
  const methods = ['connect', 'query', 'end', 'on', 'off'];
  return (
    methods.every((method) => typeof Reflect.get(value, method) === 'function') &&
    // A single client has the same methods.
    typeof Reflect.get(value, 'totalCount') === 'number' &&
    typeof Reflect.get(value, 'options') === 'object'
  );
}

function socketOf(client: PoolClient): Socket | undefined {
  return client.connection?.stream as Socket | undefined;
}
