/**
 * What is known of every schedule and its runs: a fold over entries, so that the same entries give the same ledger on
 * any thread. The memory store is one; the host thread keeps a replica, with which it restarts a supervisor thread that
 * died.
 *
 * It is bounded: history is a ring of records, and decisions of the same kind that follow each other are merged into
 * one.
 */
import { isAdmitted, isForCluster } from '../admission.ts';
import { TransientMap } from '../collections/transient-map.ts';
import type { OccurrenceFacts } from '../explaining/occurrence-facts.ts';
import { type HistoryQuery, type HistoryRecord, matches } from '../history.ts';
import { isKvChange, type KvAnswer, type KvRequest } from '../kv/kv-request.ts';
import { KvTable } from '../kv/kv-table.ts';
import { type AuditEntry, type AuditQuery, isAskedFor } from '../operating/audit.ts';
import { type LogLine, mayBeMadeUpFor } from '../run.ts';
import { type Claim, keyOf, type ScheduleEntry } from '../schedule-entries.ts';
import { type LifeEvent, lifeEvents } from '../schedule-life.ts';
import { fold, isClaimable, type ScheduleState } from '../schedule-state.ts';
import type { Session } from '../session.ts';
import { DecisionLog } from './decision-log.ts';
import type { StoreEntry } from './entries.ts';
import { type IntroducedSchedules, registrationsOf } from './introductions.ts';
import { EMPTY_LEDGER, type LedgerSnapshot } from './ledger-snapshot.ts';
import { RecordRing } from './record-ring.ts';
import { Ring } from './ring.ts';
import { SessionLog, type Writers } from './session-log.ts';

/** The default of `maxRecords`: about 2 MB of records. */
const DEFAULT_MAX_RECORDS = 10_000;
/** How many runs keep their log at most, because logs take the most room. */
const MAX_LOGS = 1_000;

export interface LedgerOptions {
  /** How many records, decisions, life events and audit entries are kept, each. Default 10,000. */
  readonly maxRecords?: number | undefined;
  /** If several nodes write, what comes too late is refused: see `admission.ts`. Default `one-node`. */
  readonly writers?: Writers;
}

export class Ledger {
  readonly #schedules = new Map<string, ScheduleState>();
  readonly #openClaims = new TransientMap<string, Claim>();
  readonly #records: RecordRing;
  readonly #logs: Map<string, readonly LogLine[]>;
  readonly #maxLogs: number;
  readonly #decisions: DecisionLog;
  readonly #life: Ring<LifeEvent>;
  readonly #sessions: SessionLog;
  readonly #kv: KvTable;
  readonly #audit: Ring<AuditEntry>;
  readonly #writers: Writers;

  constructor(snapshot: LedgerSnapshot = EMPTY_LEDGER, options: LedgerOptions = {}) {
    const { maxRecords = DEFAULT_MAX_RECORDS, writers = 'one-node' } = options;
    this.#writers = writers;
    for (const state of snapshot.schedules) this.#schedules.set(state.key, state);
    for (const claim of snapshot.openClaims) this.#openClaims.set(claim.runId, claim);
    this.#logs = new Map(snapshot.logs);
    this.#maxLogs = Math.min(maxRecords, MAX_LOGS);
    this.#records = new RecordRing(maxRecords, snapshot.records);
    this.#decisions = new DecisionLog(maxRecords, snapshot.decisions);
    this.#life = new Ring(maxRecords);
    this.#sessions = new SessionLog(writers, snapshot.sessions);
    this.#kv = new KvTable(snapshot.kv);
    this.#audit = new Ring(maxRecords, snapshot.audit);
    if (snapshot.introduced !== undefined) this.#introduce(snapshot.introduced);
    for (const event of snapshot.life) this.#life.push(event);
  }

  /**
   * Returns false for a refused entry, such as a claim of an occurrence that was claimed before: nothing has changed
   * then.
   */
  apply(entry: StoreEntry): boolean {
    if (isKvChange(entry)) return this.#kv.apply(entry);
    switch (entry.kind) {
      case 'claimed':
        return this.#claim(entry);
      case 'settled':
        return this.#settle(entry);
      case 'opened':
        this.#open(entry.session);
        return true;
      case 'operated':
        this.#audit.push(entry.operation);
        return true;
      case 'seen':
      case 'closed':
        this.#sessions.touch(entry);
        return true;
      default:
        this.#sessions.touch(entry);
        return this.#change(entry);
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

  /** What plugins keep. A change returns whether it was made. */
  kv(request: KvRequest): KvAnswer {
    return this.#kv.ask(request);
  }

  /** What operators did, newest first. */
  audit(query: AuditQuery): AuditEntry[] {
    return this.#audit.newest((entry) => isAskedFor(entry, query), query.limit ?? 100);
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
    const lost = new Set(records.filter(mayBeMadeUpFor).map(({ runId }) => runId));
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
      kv: this.#kv.entries(),
      audit: this.#audit.items(),
    };
  }

  /** Registers what was only introduced, unless more of it is known. */
  #introduce(introduced: IntroducedSchedules): void {
    for (const registration of registrationsOf(introduced)) {
      if (!this.#schedules.has(registration.key)) this.#change({ kind: 'registered', registration });
    }
  }

  #claim(entry: Extract<ScheduleEntry, { kind: 'claimed' }>): boolean {
    const { claim } = entry;
    const { writer } = this.#sessions;
    const before = this.#schedules.get(claim.key);
    if (writer === null) this.#sessions.touch(entry);
    else writer.seenAtMs = Math.max(writer.seenAtMs, claim.claimedAtMs);
    const isTaken = writer === null ? this.#isAdmitted(before, entry) : isClaimable(before, claim);
    if (!isTaken) return false;
    const after = fold(before, entry);
    if (after !== undefined) this.#schedules.set(claim.key, after);
    this.#openClaims.set(claim.runId, claim);
    return true;
  }

  #settle(entry: Extract<ScheduleEntry, { kind: 'settled' }>): boolean {
    const { record, log } = entry.settled;
    const { writer } = this.#sessions;
    const before = this.#schedules.get(record.key);
    // Where several nodes write, it may have been settled by one node for another.
    if (writer !== null) writer.seenAtMs = Math.max(writer.seenAtMs, record.finishedAtMs);
    else if (!this.#isAdmitted(before, entry)) return false;
    const after = fold(before, entry);
    if (after !== undefined) this.#schedules.set(record.key, after);
    this.#openClaims.delete(record.runId);
    this.#records.push(record);
    if (log.length > 0) this.#keepLog(record.runId, log);
    return true;
  }

  /** Anything else that can happen to a schedule. */
  #change(entry: Exclude<ScheduleEntry, { kind: 'claimed' | 'settled' }>): boolean {
    const key = keyOf(entry);
    const before = this.#schedules.get(key);
    if (this.#writers === 'several-nodes' && !this.#isAdmitted(before, entry)) return false;
    const after = fold(before, entry);
    if (after === undefined) this.#schedules.delete(key);
    else this.#schedules.set(key, after);
    const events = lifeEvents(before, entry);
    if (events.length > 0) this.#decisions.separate(key);
    for (const event of events) this.#life.push(event);
    if (entry.kind === 'decided') this.#decisions.add(entry.decision);
    return true;
  }

  /** Whether none of the nodes that write came before with something else. */
  #isAdmitted(state: ScheduleState | undefined, entry: ScheduleEntry): boolean {
    const key = keyOf(entry);
    const isBusy = this.openClaims().some((claim) => claim.key === key && isForCluster(claim));
    const isOpen = entry.kind === 'settled' && this.#openClaims.has(entry.settled.record.runId);
    return isAdmitted(state, entry, { isBusy, isOpen });
  }

  #keepLog(runId: string, log: readonly LogLine[]): void {
    this.#logs.set(runId, log);
    const [oldest] = this.#logs.keys();
    if (this.#logs.size > this.#maxLogs && oldest !== undefined) this.#logs.delete(oldest);
  }

  /** Runs are counted from the start of the scheduler, which outlives a supervisor thread. */
  #open(session: Session): void {
    if (this.#writers === 'one-node' && this.#sessions.lastIncarnationId !== session.incarnationId) {
      for (const [key, state] of this.#schedules) this.#schedules.set(key, { ...state, runCount: 0 });
    }
    this.#sessions.open(session);
  }
}
