/**
 * The shared store's database on Postgres: every call is one statement, most of them of a function in the schema (see
 * `store-schema.ts`), so that it works behind a pooler in transaction mode and nothing is held by a node that may be stopped.
 *
 * Documents travel and rest as text: Postgres takes no NUL character in any of its own types, but in a document it is escaped.
 */

import type { OccurrenceFacts } from '../../machines/explaining/occurrence-facts.ts';
import type { HistoryQuery, HistoryRecord } from '../../machines/history.ts';
import type { Claim, ScheduleState, SettledRun } from '../../machines/schedule-state.ts';
import type { Session } from '../../machines/session.ts';
import type { Clock } from '../../supervisor/ports/clock.ts';
import {
  type FoldedBatch,
  type ScheduleView,
  type SharedBackend,
  type Sight,
  UnwritableBatchError,
  type WriteVerdict,
} from '../shared-store/shared-backend.ts';
import { PostgresConnection } from './connection.ts';
import { migrateComponent, quotedSchema } from './migrations.ts';
import { PostgresFault } from './postgres-fault.ts';
import { StoreQueries } from './store-queries.ts';
import { storeMigrations } from './store-schema.ts';

export interface PostgresBackendOptions {
  readonly connectionString: string;
  readonly schema: string;
  readonly maxConnections: number;
  readonly retention: { readonly maxRuns: number; readonly maxAgeMs: number };
}

/** Classes of SQLSTATE that are about what was sent: data, constraints, limits. */
const UNWRITABLE = /^(21|22|23|54)/;

/** Rows of each kind that one pruning drops at the most. */
const PRUNE_SLICE = 500;

interface ViewRow {
  readonly key: string;
  readonly revision: number;
  readonly state: string | null;
  readonly claims: readonly string[];
}

interface SightRow {
  readonly views: readonly ViewRow[];
  readonly nodes: readonly string[] | null;
  readonly orphans: readonly string[];
  readonly now_ms: number;
}

interface WriteRow {
  readonly status: 'written' | 'conflict' | 'late';
  readonly revisions?: readonly { readonly key: string; readonly revision: number }[];
  readonly views?: readonly ViewRow[];
}

/** Connects and prepares the schema. Rejects with a `BackendError`. */
export async function openPostgresBackend(options: PostgresBackendOptions, clock: Clock): Promise<PostgresBackend> {
  const { connectionString, maxConnections, schema } = options;
  const connection = await PostgresConnection.open({ connectionString, maxConnections }, clock);
  try {
    await migrateComponent(connection, schema, storeMigrations(schema));
    return new PostgresBackend(connection, options);
  } catch (error) {
    await connection.close();
    throw error;
  }
}

export class PostgresBackend implements SharedBackend {
  readonly name = 'postgres';
  readonly #connection: PostgresConnection;
  readonly #q: string;
  readonly #queries: StoreQueries;
  readonly #retention: PostgresBackendOptions['retention'];
  #nodeId = '';
  #incarnationId = '';
  #ttlMs = 0;

  constructor(connection: PostgresConnection, { schema, retention }: PostgresBackendOptions) {
    this.#connection = connection;
    this.#q = quotedSchema(schema);
    this.#queries = new StoreQueries(connection, this.#q);
    this.#retention = retention;
  }

  async enter({ nodeId, incarnationId, atMs }: Session, ttlMs: number): Promise<Sight> {
    this.#nodeId = nodeId;
    this.#incarnationId = incarnationId;
    this.#ttlMs = ttlMs;
    return sightOf(await this.#call<SightRow>('store_enter($1, $2, $3, $4)', nodeId, incarnationId, atMs, ttlMs));
  }

  async write(batch: FoldedBatch): Promise<WriteVerdict> {
    const request = {
      node: this.#nodeId,
      incarnation: this.#incarnationId,
      ttl_ms: this.#ttlMs,
      ...requestOf(batch),
    };
    try {
      return verdictOf(await this.#call<WriteRow>('store_write($1)', JSON.stringify(request)));
    } catch (error) {
      if (error instanceof PostgresFault && UNWRITABLE.test(error.sqlState ?? '')) {
        throw new UnwritableBatchError(error.message, { cause: error });
      }
      throw error;
    }
  }

  burn(batchNumber: number): Promise<boolean> {
    return this.#call<boolean>('store_burn($1, $2)', this.#nodeId, batchNumber);
  }

  async look(sinceRevision: number): Promise<Sight> {
    return sightOf(await this.#call<SightRow>('store_look($1, $2, $3)', this.#nodeId, this.#ttlMs, sinceRevision));
  }

  openClaims(): Promise<readonly Claim[]> {
    return this.#queries.openClaims();
  }

  history(query: HistoryQuery): Promise<readonly HistoryRecord[]> {
    return this.#queries.history(query);
  }

  facts(key: string, atMs: number): Promise<OccurrenceFacts> {
    return this.#queries.facts(key, atMs);
  }

  prune(): Promise<boolean> {
    const { maxRuns, maxAgeMs } = this.#retention;
    const oldest = 'extract(epoch FROM clock_timestamp()) * 1000 - $2::double precision';
    return this.#call<boolean>(`store_prune($1, ${oldest}, ${PRUNE_SLICE})`, maxRuns, Math.min(maxAgeMs, 1e13));
  }

  async leave(atMs: number): Promise<void> {
    await this.#call('store_leave($1, $2, $3)', this.#nodeId, this.#incarnationId, atMs);
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  async #call<T>(expression: string, ...values: readonly unknown[]): Promise<T> {
    const [row] = await this.#connection.query<{ answer: T }>(`SELECT ${this.#q}.${expression} AS answer`, values);
    if (row === undefined) throw new Error('Postgres has answered with no row');
    return row.answer;
  }
}

function requestOf({ number, changes, checks, runs, decisions, life, seenAtMs }: FoldedBatch): Record<string, unknown> {
  return {
    batch: number,
    seen_at: seenAtMs ?? 0,
    keys: [...changes, ...checks].map(({ key, revision }) => ({ key, revision })),
    states: changes.map(({ key, state }) => ({ key, state: state === undefined ? null : JSON.stringify(state) })),
    claims: changes
      .flatMap(({ claimed }) => claimed)
      .map((claim) => ({ run_id: claim.runId, key: claim.key, claim: JSON.stringify(claim) })),
    unclaims: changes.flatMap(({ unclaimed }) => unclaimed),
    runs: runs.map(runRow),
    decisions: decisions.map(({ spanId: span, decision }) => {
      const { key, fromMs: from_at, untilMs: until_at, atMs: taken_at } = decision;
      return { span, key, from_at, until_at, taken_at, decision: JSON.stringify(decision) };
    }),
    life: life.map((event) => ({ key: event.key, at: event.atMs, kind: event.kind, event: JSON.stringify(event) })),
  };
}

function runRow({ record, log }: SettledRun): Record<string, unknown> {
  return {
    run_id: record.runId,
    key: record.key,
    outcome: record.outcome,
    scheduled_at: record.scheduledAtMs,
    finished_at: record.finishedAtMs,
    recovery_of: record.recoveryOf ?? null,
    record: JSON.stringify(record),
    log: log.length === 0 ? null : JSON.stringify(log),
  };
}

function verdictOf({ status, revisions = [], views = [] }: WriteRow): WriteVerdict {
  switch (status) {
    case 'written':
      return { kind: 'written', revisions: new Map(revisions.map(({ key, revision }) => [key, revision])) };
    case 'conflict':
      return { kind: 'conflict', views: views.map(viewOf) };
    case 'late':
      return { kind: 'late' };
  }
}

function sightOf({ views, nodes, orphans, now_ms }: SightRow): Sight {
  return {
    views: views.map(viewOf),
    nodeIds: nodes ?? [],
    orphans: orphans.map((claim) => JSON.parse(claim) as Claim),
    nowMs: now_ms,
  };
}

function viewOf({ key, revision, state, claims }: ViewRow): ScheduleView {
  return {
    key,
    revision,
    claims: claims.map((claim) => JSON.parse(claim) as Claim),
    ...(state !== null && { state: JSON.parse(state) as ScheduleState }),
  };
}
