import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { OccurrenceFacts } from '../../../machines/explaining/occurrence-facts.ts';
import type { HistoryRecord, RunSearch } from '../../../machines/history.ts';
import type { AuditEntry, AuditQuery } from '../../../machines/operating/audit.ts';
import { type Decision, mayBeMadeUpFor, type RunRecord } from '../../../machines/run.ts';
import type { Claim } from '../../../machines/schedule-entries.ts';
import type { LifeEvent } from '../../../machines/schedule-life.ts';
import type { ScheduleState } from '../../../machines/schedule-state.ts';
import type { SessionSpan } from '../../../machines/session.ts';
import {
  type ReadRow,
  type RowKind,
  readRow,
  readRunWithLog,
  readSession,
  type SessionColumns,
} from '../../../machines/stored-rows/read-rows.ts';
import type { RefuseRow } from './refused-rows.ts';

const MAX_LIFE_EVENTS = 1_000;
const MAX_SESSIONS = 1_000;

/** A row as every query reads it: where it is, which schedule it is of, and what it holds. */
interface Row extends SessionColumns {
  readonly place: SQLInputValue;
  readonly key?: unknown;
  readonly run_id?: unknown;
  readonly document: unknown;
  readonly log?: unknown;
}

/** An id may be beyond what a number holds. */
const ID = 'CAST(id AS TEXT) AS place';
const RUN = `SELECT ${ID}, key, run_id, record AS document`;

/**
 * Reads a store's tables, also on a read-only connection. A row that is not what the store writes is refused, and the
 * answer is what the others say.
 */
export class Queries {
  readonly #connection: DatabaseSync;
  readonly #refuse: RefuseRow;
  readonly #statements = new Map<string, StatementSync>();

  constructor(connection: DatabaseSync, refuse: RefuseRow = () => false) {
    this.#connection = connection;
    this.#refuse = refuse;
  }

  schedules(): ScheduleState[] {
    return this.#read('schedules', 'SELECT key AS place, key, state AS document FROM schedules');
  }

  schedule(key: string): ScheduleState | undefined {
    return this.#read<ScheduleState>(
      'schedules',
      'SELECT key AS place, key, state AS document FROM schedules WHERE key = ?',
      key,
    )[0];
  }

  openClaims(): Claim[] {
    return this.#read('claims', 'SELECT run_id AS place, run_id, key, claim AS document FROM claims');
  }

  /** Every key that the store knows, also those of schedules that are gone. */
  keys(): string[] {
    const rows = this.#all('SELECT DISTINCT key FROM life ORDER BY key');
    return rows.flatMap(({ key }) => (typeof key === 'string' ? key : []));
  }

  /** Newest first. */
  history(query: RunSearch): HistoryRecord[] {
    const conditions: string[] = [];
    const values: SQLInputValue[] = [];
    const where = (condition: string, value: SQLInputValue | undefined): void => {
      if (value === undefined) return;
      conditions.push(condition);
      values.push(value);
    };
    where('key = ?', query.key);
    where('outcome = ?', query.outcome);
    where('run_id = ?', query.runId);
    where('instr(run_id, ?) = 1', query.runIdPrefix);
    where('finished_at >= ?', query.since);
    where('finished_at < ?', query.until);
    const filter = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    // The ids come out of an index; only the rows of the answer are read.
    const newest = `SELECT id FROM runs ${filter} ORDER BY id DESC LIMIT ?`;
    const sql = (log: string) => `${RUN}${log} FROM runs WHERE id IN (${newest}) ORDER BY id DESC`;
    values.push(query.limit ?? 100);
    return query.withLog === true
      ? this.#checked('runs', sql(', log'), values, ({ document, log, key, run_id: runId }) =>
          readRunWithLog(document, log, { key, runId }),
        )
      : this.#read('runs', sql(''), ...values);
  }

  facts(key: string, atMs: number): OccurrenceFacts {
    const state = this.schedule(key);
    const [around] = this.#read<RunRecord>(
      'runs',
      `${RUN} FROM runs WHERE key = ? AND scheduled_at < ? AND finished_at >= ? ORDER BY scheduled_at DESC LIMIT 1`,
      key,
      atMs,
      atMs,
    );
    const [decision] = this.#read<Decision>(
      'decisions',
      `SELECT ${ID}, key, decision AS document FROM decisions WHERE key = ? AND until_at >= ? AND from_at <= ? ORDER BY id DESC LIMIT 1`,
      key,
      atMs,
      atMs,
    );
    const records = this.#recordsAt(key, atMs);
    const recovery = this.#recoveryOf(records.find(mayBeMadeUpFor));
    return {
      ...(state && { state }),
      claims: this.#read<Claim>(
        'claims',
        'SELECT run_id AS place, run_id, key, claim AS document FROM claims WHERE key = ?',
        key,
      ),
      records,
      ...(recovery && { recovery }),
      ...(around && { around }),
      ...(decision && { decision }),
      life: this.#read<LifeEvent>(
        'life',
        `SELECT ${ID}, key, event AS document FROM life WHERE key = ? ORDER BY id DESC LIMIT ?`,
        key,
        MAX_LIFE_EVENTS,
      ),
      sessions: this.#sessions(),
    };
  }

  /** What operators did, newest first. */
  audit({ key, until, limit = 100 }: AuditQuery): AuditEntry[] {
    const conditions = [...(key === undefined ? [] : ['key = ?']), ...(until === undefined ? [] : ['at < ?'])];
    const filter = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    const sql = `SELECT ${ID}, key, operation AS document FROM audit ${filter} ORDER BY id DESC LIMIT ?`;
    return this.#read('audit', sql, ...[key, until, limit].filter((value) => value !== undefined));
  }

  lastSession(): SessionSpan | undefined {
    return this.#sessions().at(-1);
  }

  #recordsAt(key: string, atMs: number): RunRecord[] {
    return this.#read(
      'runs',
      `${RUN} FROM runs WHERE key = ? AND scheduled_at = ? ORDER BY id DESC LIMIT 10`,
      key,
      atMs,
    );
  }

  #recoveryOf(lost: RunRecord | undefined): RunRecord | undefined {
    if (lost === undefined) return undefined;
    return this.#read<RunRecord>(
      'runs',
      `${RUN} FROM runs WHERE key = ? AND scheduled_at >= ? AND CASE WHEN json_valid(record) THEN json_extract(record, '$.recoveryOf') END = ? LIMIT 1`,
      lost.key,
      lost.scheduledAtMs,
      lost.runId,
    )[0];
  }

  #sessions(): SessionSpan[] {
    const sql = `SELECT ${ID}, incarnation, node, started_at, seen_at, stopped_at FROM sessions ORDER BY id DESC LIMIT ?`;
    return this.#checked('sessions', sql, [MAX_SESSIONS], readSession).reverse();
  }

  #read<T>(kind: RowKind, sql: string, ...values: SQLInputValue[]): T[] {
    return this.#checked(kind, sql, values, ({ document, key, run_id: runId }) =>
      readRow<T>(kind, document, { key, runId }),
    );
  }

  /** Asks again when rows were moved away, because a limit counts them. */
  #checked<T>(kind: RowKind, sql: string, values: readonly SQLInputValue[], read: (row: Row) => ReadRow<T>): T[] {
    for (;;) {
      let hasMoved = false;
      const found = (this.#all(sql, ...values) as unknown as Row[]).flatMap((row) => {
        const answer = read(row);
        if ('value' in answer) return [answer.value];
        const key = typeof row.key === 'string' ? row.key : '';
        hasMoved = this.#refuse({ kind, key, problem: answer.problem }, row.place) || hasMoved;
        return [];
      });
      if (!hasMoved) return found;
    }
  }

  #all(sql: string, ...values: SQLInputValue[]): Record<string, unknown>[] {
    const statement = this.#statements.get(sql) ?? this.#connection.prepare(sql);
    this.#statements.set(sql, statement);
    return statement.all(...values) as Record<string, unknown>[];
  }
}
