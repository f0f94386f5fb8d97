/**
 * What is known of every schedule and its runs: a fold over entries, so that the same entries give the same ledger on
 * any thread. The memory store is one; the host thread keeps a replica, with which it restarts a supervisor thread that
 * died.
 *
 * It is bounded: history is a ring of records, and decisions of the same kind that follow each other are merged into
 * one.
 */
import { isAdmitted, isForCluster } from '../admission.ts';
import type { OccurrenceFacts } from '../explaining/occurrence-facts.ts';
import { type HistoryQuery, type HistoryRecord, matches } from '../history.ts';
import type { LogLine, RunRecord } from '../run.ts';
import {
  type Claim,
  fold,
  isClaimable,
  keyOf,
  type LifeEvent,
  lifeEvents,
  type ScheduleEntry,
  type ScheduleState,
  type SettledRun,
} from '../schedule-state.ts';
import type { Session } from '../session.ts';
import { DecisionLog } from './decision-log.ts';
import type { LedgerEntry } from './entries.ts';
import { EMPTY_LEDGER, type LedgerSnapshot } from './ledger-snapshot.ts';
import { Ring } from './ring.ts';
import { SessionLog, type Writers } from './session-log.ts';

/** The default of `maxRecords`: about 10 MB of records. */
const DEFAULT_MAX_RECORDS = 10_000;
/** How many runs keep their log, which takes the most room. */
const MAX_LOGS = 1_000;

export interface LedgerOptions {
  /** How many records, decisions and life events are kept, each. Default 10,000. */
  readonly maxRecords?: number | undefined;
  /** If several nodes write, what comes too late is refused: see `admission.ts`. Default `one-node`. */
  readonly writers?: Writers;
}

export class Ledger {
  readonly #schedules = new Map<string, ScheduleState>();
  readonly #openClaims = new Map<string, Claim>();
  readonly #records: Ring<RunRecord>;
  readonly #logs: Map<string, readonly LogLine[]>;
  readonly #decisions: DecisionLog;
  readonly #life: Ring<LifeEvent>;
  readonly #sessions: SessionLog;
  readonly #writers: Writers;

  constructor(snapshot: LedgerSnapshot = EMPTY_LEDGER, options: LedgerOptions = {}) {
    const { maxRecords = DEFAULT_MAX_RECORDS, writers = 'one-node' } = options;
    this.#writers = writers;
    for (const state of snapshot.schedules) this.#schedules.set(state.key, state);
    for (const claim of snapshot.openClaims) this.#openClaims.set(claim.runId, claim);
    this.#logs = new Map(snapshot.logs);
    this.#records = new Ring(maxRecords, snapshot.records);
    this.#decisions = new DecisionLog(maxRecords, snapshot.decisions);
    this.#life = new Ring(maxRecords, snapshot.life);
    this.#sessions = new SessionLog(writers, snapshot.sessions);
  }

  /**
   * Returns false for a refused entry, such as a claim of an occurrence that was claimed before: nothing has changed
   * then.
   */
  apply(entry: LedgerEntry): boolean {
    this.#sessions.touch(entry);
    switch (entry.kind) {
      case 'opened':
        this.#open(entry.session);
        return true;
      case 'seen':
      case 'closed':
        return true;
      default:
        return this.#applyToSchedule(entry);
    }
  }

  schedule(key: string): ScheduleState | undefined {
    return this.#schedules.get(key);
  }

  schedules(): readonly ScheduleState[] {
    return [...this.#schedules.values()];
  }

  /** Claims whose run was not settled. */
  openClaims(): readonly Claim[] {
    return [...this.#openClaims.values()];
  }

  /** Matching records, newest first. */
  history(query: HistoryQuery): HistoryRecord[] {
    const records = this.#records.newest((record) => matches(record, query), query.limit ?? 100);
    if (query.withLog !== true) return records;
    return records.map((record) => ({ ...record, log: this.#logs.get(record.runId) ?? [] }));
  }

  /** All that is known about one occurrence. */
  facts(key: string, atMs: number): OccurrenceFacts {
    const isOurs = (item: { readonly key: string }): boolean => item.key === key;
    const state = this.#schedules.get(key);
    const decision = this.#decisions.about(key, atMs);
    const [around] = this.#records.newest(
      (each) => isOurs(each) && each.scheduledAtMs < atMs && each.finishedAtMs >= atMs,
      1,
    );
    const records = this.#records.newest((each) => isOurs(each) && each.scheduledAtMs === atMs, 10);
    const lost = new Set(records.filter(({ outcome }) => outcome === 'lost').map(({ runId }) => runId));
    const [recovery] = this.#records.newest((each) => lost.has(each.recoveryOf ?? ''), 1);
    return {
      ...(state && { state }),
      claims: this.openClaims().filter(isOurs),
      records,
      ...(recovery && { recovery }),
      ...(around && { around }),
      ...(decision && { decision }),
      life: this.#life.newest(isOurs, 1_000),
      sessions: this.#sessions.items(),
    };
  }

  snapshot(): LedgerSnapshot {
    return {
      schedules: this.schedules(),
      openClaims: this.openClaims(),
      records: this.#records.items(),
      logs: [...this.#logs],
      decisions: this.#decisions.items(),
      life: this.#life.items(),
      sessions: this.#sessions.items(),
    };
  }

  #applyToSchedule(entry: ScheduleEntry): boolean {
    const key = keyOf(entry);
    const before = this.#schedules.get(key);
    if (!this.#isAdmitted(before, entry)) return false;
    const after = fold(before, entry);
    if (after === undefined) this.#schedules.delete(key);
    else this.#schedules.set(key, after);
    this.#addLife(key, lifeEvents(before, entry));
    if (entry.kind === 'claimed') this.#openClaims.set(entry.claim.runId, entry.claim);
    if (entry.kind === 'settled') this.#keep(entry.settled);
    if (entry.kind === 'decided') this.#decisions.add(entry.decision);
    return true;
  }

  #isAdmitted(state: ScheduleState | undefined, entry: ScheduleEntry): boolean {
    if (this.#writers === 'one-node') return entry.kind !== 'claimed' || isClaimable(state, entry.claim);
    const key = keyOf(entry);
    const isBusy = this.openClaims().some((claim) => claim.key === key && isForCluster(claim));
    const isOpen = entry.kind === 'settled' && this.#openClaims.has(entry.settled.record.runId);
    return isAdmitted(state, entry, { isBusy, isOpen });
  }

  #keep({ record, log }: SettledRun): void {
    this.#openClaims.delete(record.runId);
    this.#records.push(record);
    if (log.length === 0) return;
    this.#logs.set(record.runId, log);
    const [oldest] = this.#logs.keys();
    if (this.#logs.size > MAX_LOGS && oldest !== undefined) this.#logs.delete(oldest);
  }

  #addLife(key: string, events: readonly LifeEvent[]): void {
    if (events.length > 0) this.#decisions.separate(key);
    for (const event of events) this.#life.push(event);
  }

  /** Runs are counted from the start of the scheduler, which outlives a supervisor thread. */
  #open(session: Session): void {
    if (this.#writers === 'one-node' && this.#sessions.lastIncarnationId !== session.incarnationId) {
      for (const [key, state] of this.#schedules) this.#schedules.set(key, { ...state, runCount: 0 });
    }
    this.#sessions.open(session);
  }
}
