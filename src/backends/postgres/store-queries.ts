/** Reads the past from the tables of the store: history, claims, and the facts about an occurrence. */
import type { OccurrenceFacts } from '../../machines/explaining/occurrence-facts.ts';
import type { HistoryQuery, HistoryRecord } from '../../machines/history.ts';
import type { Decision, LogLine, RunRecord } from '../../machines/run.ts';
import type { Claim } from '../../machines/schedule-entries.ts';
import type { LifeEvent } from '../../machines/schedule-life.ts';
import type { ScheduleState } from '../../machines/schedule-state.ts';
import type { SessionSpan } from '../../machines/session.ts';
import type { PostgresConnection } from './postgres-connection.ts';

const MAX_LIFE_EVENTS = 1_000;
const MAX_SESSIONS = 1_000;

interface SessionRow {
  readonly incarnation: string;
  readonly node: string;
  readonly started_at: number;
  readonly seen_at: number;
  readonly stopped_at: number | null;
}

export class StoreQueries {
  readonly #connection: PostgresConnection;
  readonly #q: string;

  /** @param quoted The schema's name, ready to be put before a table's. */
  constructor(connection: PostgresConnection, quoted: string) {
    this.#connection = connection;
    this.#q = quoted;
  }

  async openClaims(): Promise<Claim[]> {
    return this.#documents<Claim>(`SELECT claim AS document FROM ${this.#q}.claims`);
  }

  /** Newest first. */
  async history(query: HistoryQuery): Promise<HistoryRecord[]> {
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
    where('finished_at >=', query.since);
    where('finished_at <', query.until);
    values.push(query.limit ?? 100);
    const filter = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    const rows = await this.#connection.query<{ record: string; log: string | null }>(
      `SELECT record, log FROM ${this.#q}.runs ${filter} ORDER BY id DESC LIMIT $${values.length}`,
      values,
    );
    return rows.map(({ record, log }) => {
      const run = JSON.parse(record) as RunRecord;
      return query.withLog === true ? { ...run, log: log === null ? [] : (JSON.parse(log) as LogLine[]) } : run;
    });
  }

  async facts(key: string, atMs: number): Promise<OccurrenceFacts> {
    const q = this.#q;
    const [state] = await this.#documents<ScheduleState>(
      `SELECT state AS document FROM ${q}.schedules WHERE key = $1 AND state IS NOT NULL`,
      key,
    );
    const [around] = await this.#documents<RunRecord>(
      `SELECT record AS document FROM ${q}.runs WHERE key = $1 AND scheduled_at < $2 AND finished_at >= $2
       ORDER BY scheduled_at DESC LIMIT 1`,
      key,
      atMs,
    );
    const [decision] = await this.#documents<Decision>(
      `SELECT decision AS document FROM ${q}.decisions WHERE key = $1 AND until_at >= $2 AND from_at <= $2
       ORDER BY id DESC LIMIT 1`,
      key,
      atMs,
    );
    const records = await this.#documents<RunRecord>(
      `SELECT record AS document FROM ${q}.runs WHERE key = $1 AND scheduled_at = $2 ORDER BY id DESC LIMIT 10`,
      key,
      atMs,
    );
    const recovery = await this.#recoveryOf(records.find(({ outcome }) => outcome === 'lost'));
    return {
      ...(state && { state }),
      claims: await this.#documents<Claim>(`SELECT claim AS document FROM ${q}.claims WHERE key = $1`, key),
      records,
      ...(recovery && { recovery }),
      ...(around && { around }),
      ...(decision && { decision }),
      life: await this.#documents<LifeEvent>(
        `SELECT event AS document FROM ${q}.life WHERE key = $1 ORDER BY id DESC LIMIT ${MAX_LIFE_EVENTS}`,
        key,
      ),
      sessions: await this.#sessions(),
    };
  }

  async #recoveryOf(lost: RunRecord | undefined): Promise<RunRecord | undefined> {
    if (lost === undefined) return undefined;
    const [recovery] = await this.#documents<RunRecord>(
      `SELECT record AS document FROM ${this.#q}.runs WHERE key = $1 AND scheduled_at >= $2 AND recovery_of = $3 LIMIT 1`,
      lost.key,
      lost.scheduledAtMs,
      lost.runId,
    );
    return recovery;
  }

  async #sessions(): Promise<SessionSpan[]> {
    const rows = await this.#connection.query<SessionRow>(
      `SELECT * FROM ${this.#q}.sessions ORDER BY id DESC LIMIT ${MAX_SESSIONS}`,
    );
    return rows.reverse().map(({ incarnation, node, started_at, seen_at, stopped_at }) => ({
      incarnationId: incarnation,
      nodeId: node,
      startedAtMs: started_at,
      seenAtMs: seen_at,
      ...(stopped_at !== null && { stoppedAtMs: stopped_at }),
    }));
  }

  async #documents<T>(sql: string, ...values: unknown[]): Promise<T[]> {
    const rows = await this.#connection.query<{ document: string }>(sql, values);
    return rows.map(({ document }) => JSON.parse(document) as T);
  }
}
