/** Reads the past from the tables of the store: history, claims, and the facts about an occurrence. */
import type { OccurrenceFacts } from '../../machines/explaining/occurrence-facts.ts';
import type { HistoryRecord, RunSearch } from '../../machines/history.ts';
import type { AuditEntry, AuditQuery } from '../../machines/operating/audit.ts';
import { type Decision, mayBeMadeUpFor, type RunRecord } from '../../machines/run.ts';
import type { Claim } from '../../machines/schedule-entries.ts';
import type { LifeEvent } from '../../machines/schedule-life.ts';
import type { ScheduleState } from '../../machines/schedule-state.ts';
import type { SessionSpan } from '../../machines/session.ts';
import {
  type ReadRow,
  type RowKind,
  readRow,
  readRunWithLog,
  readSession,
  type SessionColumns,
} from '../../machines/stored-rows/read-rows.ts';
import type { Query } from './connection/postgres-connection.ts';
import type { FoundRow } from './refusals.ts';

/** The database's wall clock, epoch milliseconds. */
export const NOW_MS = '(extract(epoch FROM clock_timestamp()) * 1000)::double precision';

const MAX_LIFE_EVENTS = 1_000;
const MAX_SESSIONS = 1_000;

/** A row as every query reads it: where it is, which schedule it is of, and what it holds. */
interface Row extends SessionColumns {
  readonly place: string;
  readonly key?: string;
  readonly run_id?: string;
  readonly document: unknown;
  readonly log?: string | null;
}

const RUN = 'SELECT id::text AS place, key, run_id, record AS document';
const CLAIM = "SELECT '' AS place, key, run_id, claim AS document";

/** Hears of a row that cannot be used. Resolves to whether it is gone from its table. */
export type RefuseRow = (row: FoundRow) => Promise<boolean>;

export class StoreQueries {
  readonly #query: Query;
  readonly #q: string;
  readonly #refuse: RefuseRow;

  /** @param quoted The schema's name, ready to be put before a table's. */
  constructor(query: Query, quoted: string, refuse: RefuseRow) {
    this.#query = query;
    this.#q = quoted;
    this.#refuse = refuse;
  }

  /** The database's wall clock, epoch milliseconds. */
  async nowMs(): Promise<number> {
    const [row] = await this.#query<{ now_ms: number }>(`SELECT ${NOW_MS} AS now_ms`);
    if (row === undefined) throw new Error('Postgres answered without a row');
    return row.now_ms;
  }

  /** Every key that the store knows, also those of schedules that are gone. */
  async keys(): Promise<string[]> {
    const rows = await this.#query<{ key: string }>(`SELECT DISTINCT key FROM ${this.#q}.life ORDER BY key`);
    return rows.map(({ key }) => key);
  }

  openClaims(): Promise<Claim[]> {
    return this.#read<Claim>('claims', `${CLAIM} FROM ${this.#q}.claims`);
  }

  /** Newest first. */
  async history(query: RunSearch): Promise<HistoryRecord[]> {
    const conditions: string[] = [];
    const values: unknown[] = [];
    const where = (condition: string, value: unknown): void => {
      if (value === undefined) return;
      values.push(value);
      conditions.push(`${condition} $${values.length}`);
    };
    where('key =', query.key);
    where('outcome =', query.outcome);
    where('run_id =', query.runId);
    where('run_id ^@', query.runIdPrefix);
    where('finished_at >=', query.since);
    where('finished_at <', query.until);
    values.push(query.limit ?? 100);
    const filter = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    const withLog = query.withLog === true;
    const sql = `${RUN}${withLog ? ', log' : ''} FROM ${this.#q}.runs ${filter} ORDER BY id DESC LIMIT $${values.length}`;
    return withLog
      ? this.#checked('runs', sql, values, ({ document, log, key, run_id: runId }) =>
          readRunWithLog(document, log, { key, runId }),
        )
      : this.#read('runs', sql, ...values);
  }

  /** What operators did, newest first. */
  audit({ key, until, limit = 100 }: AuditQuery): Promise<AuditEntry[]> {
    const sql = `SELECT id::text AS place, key, operation AS document FROM ${this.#q}.audit
      WHERE ($1::text IS NULL OR key = $1) AND ($2::double precision IS NULL OR at < $2) ORDER BY id DESC LIMIT $3`;
    return this.#read('audit', sql, key ?? null, until ?? null, limit);
  }

  async facts(key: string, atMs: number): Promise<OccurrenceFacts> {
    const q = this.#q;
    const [state] = await this.#read<ScheduleState>(
      'schedules',
      `SELECT key AS place, key, state AS document FROM ${q}.schedules WHERE key = $1 AND state IS NOT NULL`,
      key,
    );
    const [around] = await this.#read<RunRecord>(
      'runs',
      `${RUN} FROM ${q}.runs WHERE key = $1 AND scheduled_at < $2 AND finished_at >= $2
       ORDER BY scheduled_at DESC LIMIT 1`,
      key,
      atMs,
    );
    const [decision] = await this.#read<Decision>(
      'decisions',
      `SELECT id::text AS place, key, decision AS document FROM ${q}.decisions WHERE key = $1 AND until_at >= $2 AND from_at <= $2
       ORDER BY id DESC LIMIT 1`,
      key,
      atMs,
    );
    const records = await this.#read<RunRecord>(
      'runs',
      `${RUN} FROM ${q}.runs WHERE key = $1 AND scheduled_at = $2 ORDER BY id DESC LIMIT 10`,
      key,
      atMs,
    );
    const recovery = await this.#recoveryOf(records.find(mayBeMadeUpFor));
    return {
      ...(state && { state }),
      claims: await this.#read<Claim>('claims', `${CLAIM} FROM ${q}.claims WHERE key = $1`, key),
      records,
      ...(recovery && { recovery }),
      ...(around && { around }),
      ...(decision && { decision }),
      life: await this.#read<LifeEvent>(
        'life',
        `SELECT id::text AS place, key, event AS document FROM ${q}.life WHERE key = $1 ORDER BY id DESC LIMIT ${MAX_LIFE_EVENTS}`,
        key,
      ),
      sessions: await this.#sessions(),
    };
  }

  async #recoveryOf(lost: RunRecord | undefined): Promise<RunRecord | undefined> {
    if (lost === undefined) return undefined;
    const [recovery] = await this.#read<RunRecord>(
      'runs',
      `${RUN} FROM ${this.#q}.runs WHERE key = $1 AND scheduled_at >= $2 AND recovery_of = $3 LIMIT 1`,
      lost.key,
      lost.scheduledAtMs,
      lost.runId,
    );
    return recovery;
  }

  async #sessions(): Promise<SessionSpan[]> {
    const document = "concat_ws(' ', incarnation, node, started_at, seen_at, stopped_at) AS document";
    const sql = `SELECT *, id::text AS place, ${document} FROM ${this.#q}.sessions ORDER BY id DESC LIMIT ${MAX_SESSIONS}`;
    return (await this.#checked('sessions', sql, [], readSession)).reverse();
  }

  #read<T>(kind: RowKind, sql: string, ...values: unknown[]): Promise<T[]> {
    return this.#checked(kind, sql, values, ({ document, key, run_id: runId }) =>
      readRow<T>(kind, document, { key, runId }),
    );
  }

  /** Asks again when rows were moved away, because a limit counts them. */
  async #checked<T>(kind: RowKind, sql: string, values: unknown[], read: (row: Row) => ReadRow<T>): Promise<T[]> {
    for (;;) {
      const found: T[] = [];
      let hasMoved = false;
      for (const row of await this.#query<Row & Record<string, unknown>>(sql, values)) {
        const answer = read(row);
        if ('value' in answer) found.push(answer.value);
        else {
          const { place, key = '', document } = row;
          hasMoved = (await this.#refuse({ kind, key, place, document, problem: answer.problem })) || hasMoved;
        }
      }
      if (!hasMoved) return found;
    }
  }
}
