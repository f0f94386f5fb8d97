/**
 * The shared store's database on Postgres. Every call is one statement, and most of them call a function in the schema
 * (see store-schema.ts). So it works behind a pooler in transaction mode, and a node that stops holds nothing.
 */

import type { OccurrenceFacts } from '../../machines/explaining/occurrence-facts.ts';
import type { HistoryQuery, HistoryRecord } from '../../machines/history.ts';
import type { KvAnswer, KvRequest } from '../../machines/kv/kv-request.ts';
import type { AuditEntry, AuditQuery } from '../../machines/operating/audit.ts';
import type { Claim } from '../../machines/schedule-entries.ts';
import type { Session } from '../../machines/session.ts';
import type { RefusedRow } from '../../machines/stored-rows/read-rows.ts';
import type { Clock } from '../../supervisor/ports/clock.ts';
import type { GroupRoster, GroupSign } from '../../supervisor/ports/groups.ts';
import { documentOf, keysIn } from '../exchange/group-document.ts';
import {
  type FoldedBatch,
  type LookRequest,
  type NewsListener,
  type Sight,
  UnwritableBatchError,
  type WriteVerdict,
} from '../shared-store/shared-backend.ts';
import type { VisitedBackend } from '../shared-store/visitor.ts';
import { LazyConnection } from './connection/lazy-connection.ts';
import { PostgresConnection, type PostgresConnectionOptions, type Query } from './connection/postgres-connection.ts';
import { PostgresFault } from './connection/postgres-fault.ts';
import { answerKv } from './kv-calls.ts';
import { type FoundRow, Refusals } from './refusals.ts';
import { migrateComponent, type mustBeInstalled, quotedSchema } from './schema/migrations.ts';
import { storeMigrations } from './schema/store-schema.ts';
import { StoreNewsChannel } from './store-news.ts';
import { NOW_MS, StoreQueries } from './store-queries.ts';
import { type GroupRow, lookOf, requestOf, type SightRow, sightOf, verdictOf, type WriteRow } from './store-rows.ts';

export interface PostgresBackendOptions extends PostgresConnectionOptions {
  readonly schema: string;
  readonly retention: { readonly maxRuns: number; readonly maxAgeMs: number };
}

/** Classes of SQLSTATE that blame what was sent: data, constraints, limits. */
const UNWRITABLE = /^(21|22|23|54)/;

/** How many rows of each kind one pruning deletes at most. */
const PRUNE_SLICE = 500;

/** Connects and prepares the schema, or only looks at it. Rejects with a `BackendError`. */
export async function openPostgresBackend(
  options: PostgresBackendOptions,
  clock: Clock,
  prepare: typeof migrateComponent | typeof mustBeInstalled = migrateComponent,
): Promise<PostgresBackend> {
  const { schema } = options;
  const connection = await PostgresConnection.open(options, clock);
  try {
    await prepare(connection, schema, storeMigrations(schema));
    return new PostgresBackend(connection, options, clock);
  } catch (error) {
    await connection.close();
    throw error;
  }
}

export class PostgresBackend implements VisitedBackend {
  readonly name = 'postgres';
  readonly #connection: PostgresConnection;
  readonly #q: string;
  /** What a claim or a look waits for. */
  readonly #present: StoreQueries;
  /** Questions about the past, on a connection of their own. */
  readonly #past: StoreQueries;
  readonly #readers: LazyConnection;
  /** What plugins keep, on a connection of its own too: a plugin that keeps much makes no claim late. */
  readonly #keeper: LazyConnection;
  readonly #refusals: Refusals;
  readonly #retention: PostgresBackendOptions['retention'];
  readonly #options: PostgresBackendOptions;
  readonly #clock: Clock;
  #news: StoreNewsChannel | null = null;
  #nodeId = '';
  #incarnationId = '';
  #enteredAtMs = 0;
  #ttlMs = 0;
  /** The history that this node has entered. */
  #historyId = '';

  constructor(connection: PostgresConnection, options: PostgresBackendOptions, clock: Clock) {
    const { schema, retention } = options;
    this.#connection = connection;
    this.#options = options;
    this.#clock = clock;
    this.#q = quotedSchema(schema);
    this.#refusals = new Refusals(({ kind, place, key, document, problem }) =>
      this.#call('store_refuse($1, $2, $3, $4, $5)', kind, place, key, document, problem),
    );
    const refuse = (row: FoundRow): Promise<boolean> => this.#refusals.refuse(row);
    this.#readers = new LazyConnection({ ...options, maxConnections: 1 }, clock);
    this.#keeper = new LazyConnection({ ...options, maxConnections: 1 }, clock);
    this.#present = new StoreQueries((text, values) => connection.query(text, values), this.#q, refuse);
    this.#past = new StoreQueries(this.#readers.query, this.#q, refuse);
    this.#retention = retention;
  }

  readonly audit = (query: AuditQuery): Promise<readonly AuditEntry[]> => this.#past.audit(query);

  reportRefused(refused: (row: RefusedRow) => void): void {
    this.#refusals.report(refused);
  }

  readClock(): Promise<number> {
    return this.#present.nowMs();
  }

  readonly signOfTwin = ({ nodeId, incarnationId }: Session): Promise<number | null> =>
    this.#call('store_twin($1, $2)', nodeId, incarnationId);
  // A node passes over what is said in its own name, so it is said in another one.
  readonly askForSigns = ({ incarnationId }: Session): Promise<void> =>
    this.#call('store_tell($1, $2)', incarnationId, '[{}]');

  async enter({ nodeId, incarnationId, atMs }: Session, ttlMs: number): Promise<Sight> {
    this.#nodeId = nodeId;
    this.#incarnationId = incarnationId;
    this.#enteredAtMs = atMs;
    this.#ttlMs = ttlMs;
    const sight = await this.#entered('store_enter($1, $2, $3, $4)');
    this.adopt(sight.historyId);
    return sight;
  }

  async visit(name: string): Promise<Sight> {
    this.#nodeId = name;
    const sight = await this.look({ sinceRevision: 0 });
    this.adopt(sight.historyId);
    return sight;
  }

  reenter(): Promise<Sight> {
    return this.#entered('store_reenter($1, $2, $3, $4)');
  }

  adopt(historyId: string): void {
    this.#historyId = historyId;
  }

  async write(batch: FoldedBatch): Promise<WriteVerdict> {
    const request = {
      node: this.#nodeId,
      incarnation: this.#incarnationId,
      ttl_ms: this.#ttlMs,
      history: this.#historyId,
      ...requestOf(batch),
    };
    try {
      const row = await this.#call<WriteRow>('store_write($1)', JSON.stringify(request));
      if (row.sight !== undefined) this.#follow(row.sight);
      return verdictOf(row, this.#refuse);
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

  async look(request: LookRequest): Promise<Sight> {
    const own = { node: this.#nodeId, incarnation: this.#incarnationId, ttl_ms: this.#ttlMs };
    const row = await this.#call<SightRow>('store_attend($1)', JSON.stringify({ ...own, ...lookOf(request) }));
    this.#follow(row);
    return sightOf(row, this.#refuse);
  }

  listen(listener: NewsListener): void {
    const query: Query = (text, values) => this.#connection.query(text, values);
    this.#news = new StoreNewsChannel({ place: this.#options, query }, this.#clock, this.#nodeId, listener);
  }

  doubtNews(): void {
    this.#news?.doubt();
  }

  async announceGroup({ nodeId, ttlMs, group: { id, keys } }: GroupSign): Promise<GroupRoster> {
    const given = [nodeId, ttlMs, id, keys === undefined ? null : documentOf(keys)];
    const row = await this.#call<GroupRow>('store_announce_group($1, $2, $3, $4)', ...given);
    return { groups: row.groups, isGroupKnown: row.is_known };
  }

  async readGroup(id: string): Promise<readonly string[] | null> {
    const document = await this.#call<string | null>(`schedule_group_keys($1)`, id);
    return document === null ? null : (keysIn(document) ?? null);
  }

  readonly openClaims = (): Promise<readonly Claim[]> => this.#present.openClaims();

  history(query: HistoryQuery): Promise<readonly HistoryRecord[]> {
    return this.#past.history(query);
  }

  facts(key: string, atMs: number): Promise<OccurrenceFacts> {
    return this.#past.facts(key, atMs);
  }

  kv(request: KvRequest): Promise<KvAnswer> {
    return answerKv(request, (expression, ...values) => this.#answer(this.#keeper.query, expression, values));
  }

  prune(): Promise<boolean> {
    const { maxRuns, maxAgeMs } = this.#retention;
    return this.#call<boolean>(
      `store_prune($1, ${NOW_MS} - $2::double precision, ${PRUNE_SLICE})`,
      maxRuns,
      Math.min(maxAgeMs, 1e13),
    );
  }

  async leave(atMs: number): Promise<void> {
    await this.#call('store_leave($1, $2, $3)', this.#nodeId, this.#incarnationId, atMs);
  }

  async close(): Promise<void> {
    await Promise.all([this.#news?.close(), this.#connection.close(), this.#readers.close(), this.#keeper.close()]);
  }

  /** The process whose name was taken sees nothing, and hears nothing more. */
  #follow({ channel }: SightRow): void {
    this.#news?.follow(channel ?? '');
  }

  async #entered(call: string): Promise<Sight> {
    const own = [this.#nodeId, this.#incarnationId, this.#enteredAtMs, this.#ttlMs];
    return sightOf(await this.#call<SightRow>(call, ...own), this.#refuse);
  }

  /** The answer that a row was found in does not wait for the database to keep it. */
  readonly #refuse = (row: FoundRow): void => void this.#refusals.refuse(row);

  #call<T>(expression: string, ...values: readonly unknown[]): Promise<T> {
    return this.#answer<T>((text, given) => this.#connection.query(text, given), expression, values);
  }

  async #answer<T>(query: Query, expression: string, values: readonly unknown[]): Promise<T> {
    const [row] = await query<{ answer: T }>(`SELECT ${this.#q}.${expression} AS answer`, values);
    if (row === undefined) throw new Error('Postgres answered without a row');
    return row.answer;
  }
}
