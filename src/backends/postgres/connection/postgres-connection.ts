/**
 * Runs statements and transactions on Postgres. It works behind a pooler in transaction mode, too: nothing here
 * outlives a statement or a transaction, and no setting travels in the start-up message but the name of the application.
 *
 * Invariant: every call settles within its limit, by the injected clock. A connection that does not answer in time is
 * torn down and never used again, so that a late answer cannot be taken for the answer to another statement. A call
 * that is still waiting for a connection gives up its place.
 *
 * A server that has become read-only (a standby, after a fail-over) keeps its sessions, while new connections may reach
 * the new primary. So at its first refusal all connections to it are given up.
 */
import type { PoolClient } from 'pg';
import type { Clock } from '../../../supervisor/ports/clock.ts';
import { backendErrorOf } from '../../exchange/server-fault.ts';
import { COLUMN_TYPES } from './column-types.ts';
import type { ConnectionPool } from './connection-pool.ts';
import { type DatabasePlace, poolFor } from './database-place.ts';
import { PostgresFault, postgresFault } from './postgres-fault.ts';

export interface PostgresConnectionOptions extends DatabasePlace {
  /** How many connections may be open at the same time. */
  readonly maxConnections: number;
  /** How long a call waits for its answer before it rejects. Default 3,000. */
  readonly limitMs?: number;
  /** The same for connecting. Default 5,000. */
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
  /** Null while the call waits for a connection. */
  client: PoolClient | null;
  /** The call has been rejected because its limit has passed. */
  isOver: boolean;
}

export class PostgresConnection {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #pool: ConnectionPool;
  readonly #underWay = new Set<(fault: PostgresFault) => void>();
  #closing: Promise<void> | null = null;

  /**
   * Loads the driver or the user's pool, and connects once.
   * @throws {BackendError} There is no driver or no pool, or the server cannot be reached.
   */
  static async open(options: PostgresConnectionOptions, clock: Clock): Promise<PostgresConnection> {
    const { connectLimitMs = CONNECT_LIMIT_MS } = options;
    const pool = await poolFor(options, { maxConnections: options.maxConnections, connectLimitMs }, clock);
    const connection = new PostgresConnection(options, clock, pool);
    try {
      await connection.#mustBeUsable(connectLimitMs);
      return connection;
    } catch (error) {
      await connection.close();
      throw backendErrorOf('postgres', error);
    }
  }

  private constructor(options: PostgresConnectionOptions, clock: Clock, pool: ConnectionPool) {
    this.#clock = clock;
    this.#limitMs = options.limitMs ?? CALL_LIMIT_MS;
    this.#pool = pool;
  }

  /**
   * Sends one statement in one round trip; it is a transaction by itself.
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
   * Commits what `work` has sent when it resolves, and rolls it back when it rejects. One limit holds for all of it.
   * @throws {PostgresFault} Or what `work` throws.
   */
  transaction<T>(work: (query: Query) => Promise<T>, limitMs = this.#limitMs): Promise<T> {
    const rounded = Math.ceil(limitMs);
    return this.#within(limitMs, async (client) => {
      // If this process stops in the middle, the server itself releases what the transaction holds.
      const limits = ['statement_timeout', 'idle_in_transaction_session_timeout'];
      await this.#send(client, `BEGIN; ${limits.map((name) => `SET LOCAL ${name} = ${rounded}`).join('; ')}`);
      try {
        const result = await work((text, values) => this.#send(client, text, values));
        await this.#send(client, 'COMMIT');
        return result;
      } catch (error) {
        // If this fails, too, the connection is gone and the transaction with it.
        await this.#send(client, 'ROLLBACK').catch(() => {});
        throw error;
      }
    });
  }

  /** Closes all connections, and rejects the calls that are under way. May be called again. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /**
   * JSON that has characters which the database cannot store would be refused, one row at a time. Whoever has waited for
   * another writer must see what that one has written: in a snapshot from before, a quota or a claim would count twice.
   */
  async #mustBeUsable(limitMs: number): Promise<void> {
    const [row] = await this.query<{ encoding: string; isolation: string }>(
      `SELECT current_setting('server_encoding') AS encoding, current_setting('transaction_isolation') AS isolation`,
      [],
      limitMs,
    );
    if (row?.encoding !== 'UTF8') {
      const reason = `the encoding of the database is ${row?.encoding}, but it must be UTF8: texts in other characters could not be stored`;
      throw new PostgresFault(reason, { isUnknown: false });
    }
    if (row.isolation === 'read committed') return;
    const reason = `transactions of this role are ${row.isolation} in this database, but default_transaction_isolation must be read committed`;
    throw new PostgresFault(reason, { isUnknown: false });
  }

  async #close(): Promise<void> {
    for (const reject of this.#underWay) {
      reject(new PostgresFault('the connection was closed', { isUnknown: true }));
    }
    const cancel = this.#clock.sleep(this.#limitMs, () => this.#pool.destroyAll());
    await this.#pool.end();
    cancel();
  }

  async #within<T>(limitMs: number, work: (client: PoolClient) => Promise<T>): Promise<T> {
    const loan: Loan = { client: null, isOver: false };
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const cancel = this.#clock.sleep(limitMs, () => {
      reject(new PostgresFault(`no answer within ${Math.round(limitMs)} ms`, { isUnknown: loan.client !== null }));
      loan.isOver = true;
      if (loan.client !== null) this.#pool.destroySilent(loan.client);
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
    const client = await this.#acquire();
    if (loan.isOver || this.#closing !== null) {
      client.release();
      throw new PostgresFault('no connection was free in time', { isUnknown: false });
    }
    loan.client = client;
    let isUsable = false;
    try {
      const result = await work(client);
      isUsable = true;
      return result;
    } catch (error) {
      isUsable = error instanceof PostgresFault && !error.isUnknown;
      if (error instanceof PostgresFault && error.isOfReadOnlyServer) {
        isUsable = false;
        this.#pool.destroyIdle();
      }
      throw error;
    } finally {
      client.release(!isUsable);
    }
  }

  async #acquire(): Promise<PoolClient> {
    try {
      return await this.#pool.acquire();
    } catch (error) {
      throw postgresFault(error, this.#pool.secrets, 'connecting');
    }
  }

  /**
   * The statement has no name and so is never prepared: the next one may meet another server process. Columns are read
   * as we need them, because a module of the user's may have changed how the driver reads them.
   */
  async #send<Row extends object>(client: PoolClient, text: string, values: readonly unknown[] = []): Promise<Row[]> {
    try {
      const result = await client.query<Row>({ text, values: [...values], types: COLUMN_TYPES });
      return result.rows;
    } catch (error) {
      throw postgresFault(error, this.#pool.secrets, 'sent');
    }
  }
}
