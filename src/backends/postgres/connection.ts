/**
 * Postgres, behind a pooler in transaction mode as well: nothing here outlives a statement or a transaction, and no
 * setting travels in the start-up message.
 *
 * Invariant: every call settles within its limit, by the injected clock. A connection that did not answer in time is
 * torn down and never used again, so that a late answer cannot be taken for that of another statement; the idle ones
 * go with it, because what silenced one most likely silenced all. Calls that wait for a connection give up their place.
 */
import { Socket } from 'node:net';
import type { Pool, PoolClient } from 'pg';
import { BackendError } from '../../errors.ts';
import type { Clock } from '../../supervisor/ports/clock.ts';
import { backendErrorOf } from '../exchange/server-fault.ts';
import { PostgresFault, postgresFault } from './postgres-fault.ts';

export interface PostgresOptions {
  readonly connectionString: string;
  /** At most, at the same time. */
  readonly maxConnections: number;
  /** Until a call rejects that is not answered. Default 3,000. */
  readonly limitMs?: number;
  /** The same for the first connection. Default 5,000. */
  readonly connectLimitMs?: number;
}

const CALL_LIMIT_MS = 3_000;
const CONNECT_LIMIT_MS = 5_000;

/** Sends one statement and resolves to its rows. */
export type Query = <Row extends object = Record<string, unknown>>(
  text: string,
  values?: readonly unknown[],
) => Promise<Row[]>;

/** A call that is under way. */
interface Loan {
  client: PoolClient | null;
  /** Its caller was told that nobody knows. */
  isOver: boolean;
}

export class PostgresConnection {
  readonly #clock: Clock;
  readonly #connectionString: string;
  readonly #limitMs: number;
  readonly #pool: Pool;
  readonly #sockets = new Set<Socket>();
  readonly #idle = new Set<PoolClient>();
  readonly #underWay = new Set<(fault: PostgresFault) => void>();
  #closing: Promise<void> | null = null;

  /**
   * Loads the driver, and connects once.
   * @throws {BackendError} The driver is missing, or the server cannot be reached.
   */
  static async open(options: PostgresOptions, clock: Clock): Promise<PostgresConnection> {
    const connection = new PostgresConnection(options, clock, await loadPool());
    try {
      await connection.#within(options.connectLimitMs ?? CONNECT_LIMIT_MS, (client) =>
        connection.#send(client, 'SELECT 1'),
      );
      return connection;
    } catch (error) {
      await connection.close();
      throw backendErrorOf('postgres', error);
    }
  }

  private constructor(options: PostgresOptions, clock: Clock, PoolOfDriver: typeof Pool) {
    this.#clock = clock;
    this.#connectionString = options.connectionString;
    this.#limitMs = options.limitMs ?? CALL_LIMIT_MS;
    this.#pool = new PoolOfDriver({
      connectionString: options.connectionString,
      max: options.maxConnections,
      connectionTimeoutMillis: options.connectLimitMs ?? CONNECT_LIMIT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      stream: () => this.#newSocket(),
    });
    // Who uses a connection learns of its end from the call; the end of an idle one is no news, but would be thrown.
    this.#pool.on('error', () => {});
    this.#pool.on('connect', (client) => client.on('error', () => {}));
    this.#pool.on('acquire', (client) => this.#idle.delete(client));
    this.#pool.on('release', (_error, client) => this.#idle.add(client));
    this.#pool.on('remove', (client) => this.#idle.delete(client));
  }

  /**
   * One statement in one round trip, in a transaction of its own.
   * @throws {PostgresFault}
   */
  query<Row extends object = Record<string, unknown>>(
    text: string,
    values: readonly unknown[] = [],
    limitMs = this.#limitMs,
  ): Promise<Row[]> {
    return this.#within(limitMs, (client) => this.#send<Row>(client, text, values));
  }

  /**
   * Commits what `work` has sent when it resolves, and takes it back when it rejects. The limit is one for all of it.
   * @throws {PostgresFault} Or what `work` throws.
   */
  transaction<T>(work: (query: Query) => Promise<T>, limitMs = this.#limitMs): Promise<T> {
    const rounded = Math.ceil(limitMs);
    return this.#within(limitMs, async (client) => {
      // For the server's own sake: should we stop in the middle, it lets go of what we hold.
      const limits = ['statement_timeout', 'idle_in_transaction_session_timeout'];
      await this.#send(client, `BEGIN; ${limits.map((name) => `SET LOCAL ${name} = ${rounded}`).join('; ')}`);
      try {
        const result = await work((text, values) => this.#send(client, text, values));
        await this.#send(client, 'COMMIT');
        return result;
      } catch (error) {
        // Where this fails as well, the connection is gone, and the transaction with it.
        await this.#send(client, 'ROLLBACK').catch(() => {});
        throw error;
      }
    });
  }

  /** Ends all connections, and rejects the calls that are under way. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    const idle = new Set([...this.#idle].map(socketOf));
    const ended = this.#pool.end();
    for (const reject of this.#underWay) {
      reject(new PostgresFault('the connection was closed', { isUnknown: true }));
    }
    for (const socket of this.#sockets) if (!idle.has(socket)) socket.destroy();
    const cancel = this.#clock.sleep(this.#limitMs, () => this.#destroySockets());
    await Promise.all([ended, ...[...this.#sockets].map(closed)]);
    cancel();
  }

  async #within<T>(limitMs: number, work: (client: PoolClient) => Promise<T>): Promise<T> {
    const loan: Loan = { client: null, isOver: false };
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const cancel = this.#clock.sleep(limitMs, () => {
      reject(new PostgresFault(`no answer within ${Math.round(limitMs)} ms`, { isUnknown: loan.client !== null }));
      this.#giveUp(loan);
    });
    this.#underWay.add(reject);
    this.#carryOut(loan, work).then(resolve, reject);
    try {
      return await promise;
    } finally {
      cancel();
      this.#underWay.delete(reject);
    }
  }

  async #carryOut<T>(loan: Loan, work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#borrow();
    if (loan.isOver || this.#closing !== null) {
      client.release();
      throw new PostgresFault('no connection became free in time', { isUnknown: false });
    }
    loan.client = client;
    let isUsable = false;
    try {
      const result = await work(client);
      isUsable = true;
      return result;
    } catch (error) {
      isUsable = error instanceof PostgresFault && !error.isUnknown;
      throw error;
    } finally {
      client.release(!isUsable);
    }
  }

  async #borrow(): Promise<PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (error) {
      throw postgresFault(error, this.#connectionString, 'connecting');
    }
  }

  /** Unnamed, so never prepared: the next statement may meet another server process. */
  async #send<Row extends object>(client: PoolClient, text: string, values: readonly unknown[] = []): Promise<Row[]> {
    try {
      const result = await client.query<Row>({ text, values: [...values] });
      return result.rows;
    } catch (error) {
      throw postgresFault(error, this.#connectionString, 'sent');
    }
  }

  #giveUp(loan: Loan): void {
    loan.isOver = true;
    if (loan.client === null) return;
    socketOf(loan.client).destroy();
    for (const client of this.#idle) socketOf(client).destroy();
  }

  #newSocket(): Socket {
    const socket = new Socket();
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  }

  #destroySockets(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

async function loadPool(): Promise<typeof Pool> {
  try {
    return (await import('pg')).Pool;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new BackendError('postgres', 'the package "pg" is not installed: npm install pg', { cause: error });
  }
}

function socketOf(client: PoolClient): Socket {
  return client.connection.stream as Socket;
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
  });
}
