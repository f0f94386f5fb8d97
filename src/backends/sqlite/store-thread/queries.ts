import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { OccurrenceFacts } from '../../../machines/explaining/occurrence-facts.ts';
import type { HistoryQuery, HistoryRecord } from '../../../machines/history.ts';
import type { Decision, LogLine, RunRecord } from '../../../machines/run.ts';
import type { Claim } from '../../../machines/schedule-entries.ts';
import type { LifeEvent } from '../../../machines/schedule-life.ts';
import type { ScheduleState } from '../../../machines/schedule-state.ts';
import type { SessionSpan } from '../../../machines/session.ts';

const MAX_LIFE_EVENTS = 1_000;
const MAX_SESSIONS = 1_000;

interface RunRow {
  readonly record: string;
  readonly log: string | null;
}

interface SessionRow {
  readonly incarnation: string;
  readonly node: string;
  readonly started_at: number;
  readonly seen_at: number;
  readonly stopped_at: number | null;
}

/** Reads a store's tables, also on a read-only connection. */
export class Queries {
  readonly #connection: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(connection: DatabaseSync) {
    this.#connection = connection;
  }

  schedules(): ScheduleState[] {
    return this.#all('SELECT state FROM schedules').map(({ state }) => parsed<ScheduleState>(state));
  }

  schedule(key: string): ScheduleState | undefined {
    const [row] = this.#all('SELECT state FROM schedules WHERE key = ?', key);
    return row === undefined ? undefined : parsed<ScheduleState>(row['state']);
  }

  openClaims(): Claim[] {
    return this.#all('SELECT claim FROM claims').map(({ claim }) => parsed<Claim>(claim));
  }

  /** Every key that the store knows, also those of schedules that are gone. */
  keys(): string[] {
    return this.#all('SELECT DISTINCT key FROM life ORDER BY key').map(({ key }) => key as string);
  }

  /** Newest first. */
  history(query: HistoryQuery): HistoryRecord[] {
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
    where('finished_at >= ?', query.since);
    where('finished_at < ?', query.until);
    const filter = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    const rows = this.#all(
      `SELECT record, log FROM runs ${filter} ORDER BY id DESC LIMIT ?`,
      ...values,
      query.limit ?? 100,
    );
    return (rows as unknown as RunRow[]).map(({ record, log }) => {
      const run = parsed<RunRecord>(record);
      return query.withLog === true ? { ...run, log: log === null ? [] : parsed<LogLine[]>(log) } : run;
    });
  }

  facts(key: string, atMs: number): OccurrenceFacts {
    const state = this.schedule(key);
    const [around] = this.#all(
      'SELECT record FROM runs WHERE key = ? AND scheduled_at < ? AND finished_at >= ? ORDER BY scheduled_at DESC LIMIT 1',
      key,
      atMs,
      atMs,
    );
    const [decision] = this.#all(
      'SELECT decision FROM decisions WHERE key = ? AND until_at >= ? AND from_at <= ? ORDER BY id DESC LIMIT 1',
      key,
      atMs,
      atMs,
    );
    const records = this.#recordsAt(key, atMs);
    const recovery = this.#recoveryOf(records.find(({ outcome }) => outcome === 'lost'));
    return {
      ...(state && { state }),
      claims: this.#all('SELECT claim FROM claims WHERE key = ?', key).map(({ claim }) => parsed<Claim>(claim)),
      records,
      ...(recovery && { recovery }),
      ...(around && { around: parsed<RunRecord>(around['record']) }),
      ...(decision && { decision: parsed<Decision>(decision['decision']) }),
      life: this.#all('SELECT event FROM life WHERE key = ? ORDER BY id DESC LIMIT ?', key, MAX_LIFE_EVENTS).map(
        ({ event }) => parsed<LifeEvent>(event),
      ),
      sessions: this.#sessions(),
    };
  }

  lastSession(): SessionSpan | undefined {
    return this.#sessions().at(-1);
  }

  #recordsAt(key: string, atMs: number): RunRecord[] {
    return this.#all(
      'SELECT record FROM runs WHERE key = ? AND scheduled_at = ? ORDER BY id DESC LIMIT 10',
      key,
      atMs,
    ).map(({ record }) => parsed<RunRecord>(record));
  }

  #recoveryOf(lost: RunRecord | undefined): RunRecord | undefined {
    if (lost === undefined) return undefined;
    const [row] = this.#all(
      "SELECT record FROM runs WHERE key = ? AND scheduled_at >= ? AND json_extract(record, '$.recoveryOf') = ? LIMIT 1",
      lost.key,
      lost.scheduledAtMs,
      lost.runId,
    );
    return row === undefined ? undefined : parsed<RunRecord>(row['record']);
  }

  #sessions(): SessionSpan[] {
    const rows = this.#all('SELECT * FROM sessions ORDER BY id DESC LIMIT ?', MAX_SESSIONS) as unknown as SessionRow[];
    return rows.reverse().map(({ incarnation, node, started_at, seen_at, stopped_at }) => ({
      incarnationId: incarnation,
      nodeId: node,
      startedAtMs: started_at,
      seenAtMs: seen_at,
      ...(stopped_at !== null && { stoppedAtMs: stopped_at }),
    }));
  }

  #all(sql: string, ...values: SQLInputValue[]): Record<string, unknown>[] {
    const statement = this.#statements.get(sql) ?? this.#connection.prepare(sql);
    this.#statements.set(sql, statement);
    return statement.all(...values) as Record<string, unknown>[];
  }
}

function parsed<T>(text: unknown): T {
  return JSON.parse(text as string) as T;
}
