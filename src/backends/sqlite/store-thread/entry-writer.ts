/**
 * Writes ledger entries into the tables. `fold` says how an entry changes a schedule, as for every store; here a
 * schedule's state is read and written once per batch. The caller has begun a transaction.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { isKvChange } from '../../../machines/kv/kv-request.ts';
import { extended } from '../../../machines/ledger/decision-span.ts';
import { type StoreEntry, writtenAtMs } from '../../../machines/ledger/entries.ts';
import type { AuditEntry } from '../../../machines/operating/audit.ts';
import { TOLERATED_STEP_MS } from '../../../machines/position/set-clock.ts';
import type { Decision } from '../../../machines/run.ts';
import { keyOf, type ScheduleEntry, type SettledRun } from '../../../machines/schedule-entries.ts';
import { lifeEvents } from '../../../machines/schedule-life.ts';
import { fold, isClaimable, type ScheduleState } from '../../../machines/schedule-state.ts';
import type { Session } from '../../../machines/session.ts';
import type { KvRows } from './kv/kv-rows.ts';
import type { Queries } from './queries.ts';

/** The row of a schedule's last decision, while a later one may extend it. */
interface LastDecision {
  readonly rowId: number | bigint;
  readonly decision: Decision;
}

/** The row of the session that writes. */
interface OpenSession {
  readonly rowId: number | bigint;
  readonly session: Session;
}

/** So many states are kept in memory, about 1 KB each. */
const MAX_KNOWN_STATES = 10_000;

export class EntryWriter {
  readonly #queries: Queries;
  readonly #kv: KvRows;
  readonly #statements: ReturnType<typeof prepare>;
  readonly #lastDecisions = new Map<string, LastDecision>();
  /**
   * States as they stand in the file or will when the batch is written; undefined for an unknown schedule. Nobody else
   * writes the file, so they are read once.
   */
  readonly #states = new Map<string, ScheduleState | undefined>();
  readonly #changed = new Set<string>();
  #open: OpenSession | null = null;
  /** The session before the batch that is being written. */
  #openBefore: OpenSession | null = null;
  /** When the writer was last seen, epoch milliseconds. */
  #seenAtMs = Number.NEGATIVE_INFINITY;

  constructor(connection: DatabaseSync, queries: Queries, kv: KvRows) {
    this.#queries = queries;
    this.#kv = kv;
    this.#statements = prepare(connection);
  }

  /** Returns the indexes of entries that were refused. */
  write(entries: readonly StoreEntry[]): number[] {
    if (this.#states.size > MAX_KNOWN_STATES) this.#states.clear();
    this.#changed.clear();
    this.#openBefore = this.#open;
    const refused: number[] = [];
    for (const [index, entry] of entries.entries()) if (!this.#apply(entry)) refused.push(index);
    this.#writeStates();
    if (entries.some((entry) => writtenAtMs(entry) !== undefined)) this.#keepSeen();
    return refused;
  }

  /** The batch was rolled back, so its states and the rows of its decisions and its session do not exist. */
  forget(): void {
    this.#lastDecisions.clear();
    this.#states.clear();
    this.#open = this.#openBefore;
  }

  #apply(entry: StoreEntry): boolean {
    if (isKvChange(entry)) return this.#kv.change(entry);
    if (entry.kind === 'seen') this.#followClock(entry.atMs);
    this.#seenAtMs = Math.max(this.#seenAtMs, writtenAtMs(entry) ?? Number.NEGATIVE_INFINITY);
    switch (entry.kind) {
      case 'opened':
        this.#begin(entry.session);
        return true;
      case 'seen':
        return true;
      case 'operated':
        this.#audit(entry.operation);
        return true;
      case 'closed':
        this.#statements.closed.run(entry.atMs, this.#open?.rowId ?? null);
        return true;
      default:
        return this.#applyToSchedule(entry);
    }
  }

  #applyToSchedule(entry: ScheduleEntry): boolean {
    const key = keyOf(entry);
    const before = this.#stateOf(key);
    if (entry.kind === 'claimed' && !isClaimable(before, entry.claim)) return false;
    const after = fold(before, entry);
    if (after !== before) this.#changed.add(key);
    this.#states.set(key, after);
    for (const event of lifeEvents(before, entry)) {
      this.#lastDecisions.delete(key);
      this.#statements.life.run(key, event.atMs, JSON.stringify(event));
    }
    if (entry.kind === 'claimed') this.#statements.claim.run(entry.claim.runId, key, JSON.stringify(entry.claim));
    if (entry.kind === 'settled') this.#keep(entry.settled);
    if (entry.kind === 'decided') this.#decide(entry.decision);
    return true;
  }

  #audit(operation: AuditEntry): void {
    this.#statements.audit.run(operation.atMs, operation.key ?? null, JSON.stringify(operation));
  }

  #stateOf(key: string): ScheduleState | undefined {
    if (!this.#states.has(key)) this.#states.set(key, this.#queries.schedule(key));
    return this.#states.get(key);
  }

  #writeStates(): void {
    for (const key of this.#changed) {
      const state = this.#states.get(key);
      if (state === undefined) this.#statements.forget.run(key);
      else this.#statements.state.run(key, JSON.stringify(state));
    }
    this.#changed.clear();
  }

  #keep({ record, log }: SettledRun): void {
    const { runId, key, outcome, scheduledAtMs, finishedAtMs } = record;
    this.#statements.unclaim.run(runId);
    const lines = log.length === 0 ? null : JSON.stringify(log);
    this.#statements.run.run(runId, key, outcome, scheduledAtMs, finishedAtMs, JSON.stringify(record), lines);
  }

  #decide(decision: Decision): void {
    const { key, fromMs, untilMs, atMs } = decision;
    const last = this.#lastDecisions.get(key);
    const longer = last === undefined ? null : extended(last.decision, decision);
    if (last !== undefined && longer !== null) {
      this.#statements.extend.run(longer.untilMs, longer.atMs, JSON.stringify(longer), last.rowId);
      this.#lastDecisions.set(key, { rowId: last.rowId, decision: longer });
      return;
    }
    const { lastInsertRowid } = this.#statements.decide.run(key, fromMs, untilMs, atMs, JSON.stringify(decision));
    this.#lastDecisions.set(key, { rowId: lastInsertRowid, decision });
  }

  /** `runCount` begins anew with each scheduler, not with each supervisor thread. */
  #begin(session: Session): void {
    const { incarnationId, nodeId, atMs } = session;
    if (this.#queries.lastSession()?.incarnationId !== incarnationId) {
      this.#writeStates();
      this.#statements.recount.run();
      this.#states.clear();
    }
    const { lastInsertRowid: rowId } = this.#statements.open.run(incarnationId, nodeId, atMs, atMs);
    this.#open = { rowId, session };
    this.#seenAtMs = atMs;
  }

  /** When the clock was set back, the session begins again by the time that it shows now. */
  #followClock(atMs: number): void {
    if (this.#open === null || atMs >= this.#seenAtMs - TOLERATED_STEP_MS) return;
    this.#keepSeen();
    this.#begin({ ...this.#open.session, atMs });
  }

  #keepSeen(): void {
    if (this.#seenAtMs > Number.NEGATIVE_INFINITY) this.#statements.seen.run(this.#seenAtMs, this.#open?.rowId ?? null);
  }
}

function prepare(connection: DatabaseSync) {
  const statement = (sql: string): StatementSync => connection.prepare(sql);
  return {
    state: statement('INSERT INTO schedules VALUES (?, ?) ON CONFLICT DO UPDATE SET state = excluded.state'),
    forget: statement('DELETE FROM schedules WHERE key = ?'),
    recount: statement("UPDATE schedules SET state = json_set(state, '$.runCount', 0) WHERE json_valid(state)"),
    claim: statement('INSERT OR REPLACE INTO claims VALUES (?, ?, ?)'),
    unclaim: statement('DELETE FROM claims WHERE run_id = ?'),
    run: statement(
      'INSERT OR IGNORE INTO runs (run_id, key, outcome, scheduled_at, finished_at, record, log) VALUES (?, ?, ?, ?, ?, ?, ?)',
    ),
    decide: statement('INSERT INTO decisions (key, from_at, until_at, taken_at, decision) VALUES (?, ?, ?, ?, ?)'),
    extend: statement('UPDATE decisions SET until_at = ?, taken_at = ?, decision = ? WHERE id = ?'),
    life: statement('INSERT INTO life (key, at, event) VALUES (?, ?, ?)'),
    audit: statement('INSERT INTO audit (at, key, operation) VALUES (?, ?, ?)'),
    open: statement('INSERT INTO sessions (incarnation, node, started_at, seen_at) VALUES (?, ?, ?, ?)'),
    seen: statement('UPDATE sessions SET seen_at = max(seen_at, ?) WHERE id = ?'),
    closed: statement('UPDATE sessions SET stopped_at = ? WHERE id = ?'),
  };
}
