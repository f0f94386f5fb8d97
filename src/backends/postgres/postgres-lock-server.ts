import type { NodeSign } from '../../supervisor/ports/locking.ts';
import type {
  Deadline,
  ExchangeAnswer,
  LockServer,
  Reply,
  ServerRequest,
  WantedLock,
} from '../exchange/lock-server.ts';
import type { PostgresConnection } from './postgres-connection.ts';
import { PostgresFault } from './postgres-fault.ts';

/** What every function of the schema answers; the other fields are its own. */
interface Answer {
  /** The deadline had passed, and the function did nothing. */
  readonly is_late: boolean;
  readonly now_ms: number;
}

interface ExchangeRow extends Answer {
  readonly renewals: readonly boolean[];
  /** The fencing tokens of each attempt. */
  readonly attempts: readonly (readonly string[] | null)[];
}

interface RosterRow extends Answer {
  readonly node_ids: readonly string[];
}

/** Postgres as a lock server: each call is one statement that calls one function of the schema, see lock-schema.ts. */
export class PostgresLockServer implements LockServer {
  readonly name = 'postgres';
  readonly displayName = 'Postgres';
  readonly #connection: PostgresConnection;
  readonly #schema: string;

  /** @param schema Quoted, ready to be put before a name. */
  constructor(connection: PostgresConnection, schema: string) {
    this.#connection = connection;
    this.#schema = schema;
  }

  wallMs(limitMs: number): Promise<number> {
    return this.#select<number>('lock_wall_ms()', [], limitMs);
  }

  async exchange({ releases, renewals, attempts }: ServerRequest, deadline: Deadline): Promise<Reply<ExchangeAnswer>> {
    const request = {
      releases: releases.map(({ key, lockId }) => ({ key, lock_id: lockId })),
      renewals: renewals.map(inRequest),
      attempts: attempts.map((locks) => locks.map(inRequest)),
    };
    const row = await this.#call<ExchangeRow>('exchange_locks', request, deadline);
    return { nowMs: row.now_ms, answer: row.is_late ? null : { renewals: row.renewals, tokens: row.attempts } };
  }

  async announce({ nodeId, ttlMs }: NodeSign, deadline: Deadline): Promise<Reply<readonly string[]>> {
    const row = await this.#call<RosterRow>('announce_node', { node_id: nodeId, ttl_ms: ttlMs }, deadline);
    return { nowMs: row.now_ms, answer: row.is_late ? null : row.node_ids };
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  #call<A extends Answer>(name: string, request: object, { atMs, limitMs }: Deadline): Promise<A> {
    return this.#select<A>(`${name}($1::jsonb)`, [JSON.stringify({ ...request, deadline_ms: atMs })], limitMs);
  }

  async #select<T>(call: string, values: readonly unknown[], limitMs: number): Promise<T> {
    const sql = `SELECT ${this.#schema}.${call} AS answer`;
    const [row] = await this.#connection.query<{ answer: T }>(sql, values, limitMs);
    if (row === undefined) throw new PostgresFault('it answered without a row', { isUnknown: true });
    return row.answer;
  }
}

function inRequest({ key, lockId, ttlMs }: WantedLock): object {
  return { key, lock_id: lockId, ttl_ms: ttlMs };
}
