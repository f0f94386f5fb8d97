/**
 * Locks between nodes, in a schema of a Postgres database. What a node wants goes to one function in one statement, see
 * postgres/lock-schema.ts; expiry goes by the database's clock.
 *
 * Every request carries an instant of that clock, computed from its last answer, after which it must do nothing: its
 * caller has given up by then. Where an answer is lost, the locks asked for are in doubt and given back later, best
 * effort; else they expire.
 */
import { randomUUID } from 'node:crypto';
import { BackendError } from '../../errors.ts';
import type { Clock } from '../../supervisor/ports/clock.ts';
import type {
  LockAnswers,
  LockExchange,
  LockHandle,
  LockingPlugin,
  NodeSign,
  Roster,
} from '../../supervisor/ports/locking.ts';
import { LockingByExchange } from '../exchange/by-exchange.ts';
import { DoubtfulLocks } from '../exchange/doubtful-locks.ts';
import { backendErrorOf } from '../exchange/server-fault.ts';
import { PostgresConnection } from './connection.ts';
import { lockMigrations } from './lock-schema.ts';
import { migrateComponent, quotedSchema } from './migrations.ts';
import { PostgresFault } from './postgres-fault.ts';
import { postgresLockingOptions } from './postgres-locking-options.ts';

const EXCHANGE_LIMIT_MS = 3_000;

/** What a function of the schema answers; the rest is its own. */
interface Answer {
  /** It did nothing: the deadline had passed. */
  readonly is_late: boolean;
  readonly now_ms: number;
}

interface ExchangeAnswer extends Answer {
  readonly renewals: readonly boolean[];
  /** The fencing tokens of each attempt. */
  readonly attempts: readonly (readonly string[] | null)[];
}

interface RosterAnswer extends Answer {
  readonly node_ids: readonly string[];
}

/** Builds the backend of `postgresLocking()`. Rejects with a `BackendError`. */
export async function openPostgresLocking(
  options: Readonly<Record<string, unknown>>,
  clock: Clock,
): Promise<LockingPlugin> {
  const { schema, ...connecting } = postgresLockingOptions(options);
  const connection = await PostgresConnection.open(connecting, clock);
  try {
    await migrateComponent(connection, schema, lockMigrations(schema));
    const quoted = quotedSchema(schema);
    return new PostgresLocking(connection, quoted, clock, await aheadMs(connection, quoted, clock));
  } catch (error) {
    await connection.close();
    throw backendErrorOf('postgres', error);
  }
}

class PostgresLocking extends LockingByExchange {
  readonly name = 'postgres';
  readonly #connection: PostgresConnection;
  readonly #schema: string;
  readonly #clock: Clock;
  readonly #doubtful: DoubtfulLocks;
  /** How far the database's wall clock is ahead of our monotonic one; the truth is at most this. */
  #aheadMs: number;

  constructor(connection: PostgresConnection, schema: string, clock: Clock, aheadMs: number) {
    super();
    this.#connection = connection;
    this.#schema = schema;
    this.#clock = clock;
    this.#aheadMs = aheadMs;
    this.#doubtful = new DoubtfulLocks(clock, () => this.#carryOut({ releases: [], renewals: [], attempts: [] }));
  }

  async exchange(request: LockExchange): Promise<LockAnswers> {
    const { releases, renewals, attempts } = request;
    if (releases.length + renewals.length + attempts.length === 0) return { renewals: [], attempts: [] };
    return this.#carryOut(request);
  }

  async announce({ nodeId, ttlMs }: NodeSign): Promise<Roster> {
    const answer = await this.#call<RosterAnswer>('announce_node', { node_id: nodeId, ttl_ms: ttlMs });
    return { nodeIds: answer.node_ids, nowMs: answer.now_ms };
  }

  async cleanup(): Promise<void> {
    this.#doubtful.close();
    await this.#connection.close();
  }

  async #carryOut({ releases, renewals, attempts }: LockExchange): Promise<LockAnswers> {
    const asked = attempts.map(({ locks }) => locks.map((lock) => ({ ...lock, lockId: randomUUID() })));
    const doubtful = this.#doubtful.names;
    const sentAtMs = this.#clock.monotonicMs();
    try {
      const answer = await this.#call<ExchangeAnswer>('exchange_locks', {
        releases: [...releases, ...doubtful].map(({ key, lockId }) => ({ key, lock_id: lockId })),
        renewals: renewals.map(inRequest),
        attempts: asked.map((locks) => locks.map(inRequest)),
      });
      this.#doubtful.settle(doubtful, sentAtMs);
      return {
        renewals: answer.renewals,
        attempts: asked.map((locks, place) => granted(locks, answer.attempts[place])),
      };
    } catch (error) {
      if (error instanceof PostgresFault && error.isUnknown) this.#doubt(asked.flat());
      throw error;
    }
  }

  #doubt(locks: readonly { readonly key: string; readonly lockId: string; readonly ttlMs: number }[]): void {
    const decidedAtMs = this.#clock.monotonicMs() + EXCHANGE_LIMIT_MS;
    this.#doubtful.add(
      locks.map(({ key, lockId, ttlMs }) => ({ key, lockId, decidedAtMs, expiredAtMs: decidedAtMs + ttlMs })),
    );
  }

  /** A late answer in time tells that one of the clocks was stepped, or that we were suspended: it is asked once more. */
  async #call<A extends Answer>(name: string, request: object): Promise<A> {
    const giveUpAtMs = this.#clock.monotonicMs() + EXCHANGE_LIMIT_MS;
    const answer = await this.#ask<A>(name, request, giveUpAtMs);
    if (!answer.is_late) return answer;
    const again = await this.#ask<A>(name, request, giveUpAtMs);
    if (!again.is_late) return again;
    throw new PostgresFault('it took the request up too late, and did nothing', { isUnknown: false });
  }

  async #ask<A extends Answer>(name: string, request: object, giveUpAtMs: number): Promise<A> {
    const askedAtMs = this.#clock.monotonicMs();
    const [row] = await this.#connection.query<{ answer: A }>(
      `SELECT ${this.#schema}.${name}($1::jsonb) AS answer`,
      [JSON.stringify({ ...request, deadline_ms: giveUpAtMs + this.#aheadMs })],
      giveUpAtMs - askedAtMs,
    );
    if (row === undefined) throw new PostgresFault('it answered with no row', { isUnknown: true });
    this.#aheadMs = row.answer.now_ms - askedAtMs;
    return row.answer;
  }
}

async function aheadMs(connection: PostgresConnection, schema: string, clock: Clock): Promise<number> {
  const askedAtMs = clock.monotonicMs();
  const [row] = await connection.query<{ now_ms: number }>(`SELECT ${schema}.lock_wall_ms() AS now_ms`);
  if (row === undefined) throw new BackendError('postgres', 'it does not tell the time');
  return row.now_ms - askedAtMs;
}

function inRequest({ key, lockId, ttlMs }: Pick<LockHandle, 'key' | 'lockId' | 'ttlMs'>): object {
  return { key, lock_id: lockId, ttl_ms: ttlMs };
}

function granted(
  locks: readonly { readonly key: string; readonly lockId: string; readonly ttlMs: number }[],
  tokens: readonly string[] | null | undefined,
): LockHandle[] | null {
  if (tokens == null) return null;
  return locks.map((lock, place) => {
    const fencingToken = tokens[place];
    return fencingToken === undefined ? lock : { ...lock, fencingToken };
  });
}
