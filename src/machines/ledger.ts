/**
 * What is known of every schedule and its runs: a fold over entries, so that the same entries give the same ledger on any
 * thread. The memory store is one; the host thread keeps a replica, with which it restarts a supervisor thread that died.
 *
 * Bounded: history is a ring of records, decisions of the same kind that follow each other are merged into one.
 */
import { isAdmitted, isForCluster } from './admission.ts';
import { extended } from './decision-span.ts';
import { type HistoryQuery, type HistoryRecord, matches } from './history.ts';
import type { OccurrenceFacts } from './occurrence-facts.ts';
import { Ring } from './ring.ts';
import type { Decision, LogLine, RunRecord } from './run.ts';
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
} from './schedule-state.ts';
import type { Session, SessionSpan } from './session.ts';

export type LedgerEntry =
  | ScheduleEntry
  | { readonly kind: 'opened'; readonly session: Session }
  /** Of the node that opened last, unless it says which. */
  | { readonly kind: 'seen' | 'closed'; readonly atMs: number; readonly nodeId?: string };

/** When an entry was written, as far as it tells: its writer was at work then. */
export function writtenAtMs(entry: LedgerEntry): number | undefined {
  switch (entry.kind) {
    case 'seen':
    case 'closed':
      return entry.atMs;
    case 'claimed':
      return entry.claim.claimedAtMs;
    case 'settled':
      return entry.settled.record.finishedAtMs;
    case 'decided':
      return entry.decision.atMs;
    default:
      return undefined;
  }
}

/** A ledger as plain data. */
export interface LedgerSnapshot {
  readonly schedules: readonly ScheduleState[];
  readonly openClaims: readonly Claim[];
  readonly records: readonly RunRecord[];
  readonly logs: readonly (readonly [runId: string, log: readonly LogLine[]])[];
  readonly decisions: readonly Decision[];
  readonly life: readonly LifeEvent[];
  readonly sessions: readonly SessionSpan[];
}

export const EMPTY_LEDGER: LedgerSnapshot = {
  schedules: [],
  openClaims: [],
  records: [],
  logs: [],
  decisions: [],
  life: [],
  sessions: [],
};

/** Default of `maxRecords`: about 10 MB of records. */
export const DEFAULT_MAX_RECORDS = 10_000;
/** Runs whose log is kept: it is what takes the most room. */
const MAX_LOGS = 1_000;
const MAX_SESSIONS = 1_000;

export class Ledger {
  readonly #schedules = new Map<string, ScheduleState>();
  readonly #openClaims = new Map<string, Claim>();
  readonly #records: Ring<RunRecord>;
  readonly #logs: Map<string, readonly LogLine[]>;
  readonly #decisions: Ring<Decision>;
  readonly #life: Ring<LifeEvent>;
  readonly #sessions: Ring<SessionSpan>;
  /** By schedule: where its last decision lies, while it may still be extended. */
  readonly #lastDecisions = new Map<string, Decision>();
  readonly #isShared: boolean;

  /** @param isShared Whether several nodes write: then what came too late is refused, see `admission.ts`. */
  constructor(snapshot: LedgerSnapshot = EMPTY_LEDGER, maxRecords = DEFAULT_MAX_RECORDS, isShared = false) {
    this.#isShared = isShared;
    for (const state of snapshot.schedules) this.#schedules.set(state.key, state);
    for (const claim of snapshot.openClaims) this.#openClaims.set(claim.runId, claim);
    this.#logs = new Map(snapshot.logs);
    this.#records = new Ring(maxRecords, snapshot.records);
    this.#decisions = new Ring(maxRecords, snapshot.decisions);
    this.#life = new Ring(maxRecords, snapshot.life);
    this.#sessions = new Ring(MAX_SESSIONS, snapshot.sessions);
  }

  /** Returns false for what is refused, as a claim of an occurrence that was had already: then nothing has changed. */
  apply(entry: LedgerEntry): boolean {
    this.#touch(entry);
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
    const claims = this.openClaims().filter(isOurs);
    const [decision] = this.#decisions.newest((each) => isOurs(each) && each.fromMs <= atMs && each.untilMs >= atMs, 1);
    const [around] = this.#records.newest(
      (each) => isOurs(each) && each.scheduledAtMs < atMs && each.finishedAtMs >= atMs,
      1,
    );
    const records = this.#records.newest((each) => isOurs(each) && each.scheduledAtMs === atMs, 10);
    const lost = new Set(records.filter(({ outcome }) => outcome === 'lost').map(({ runId }) => runId));
    const [recovery] = this.#records.newest((each) => lost.has(each.recoveryOf ?? ''), 1);
    return {
      ...(state && { state }),
      claims,
      records,
      ...(recovery && { recovery }),
      ...(around && { around }),
      ...(decision && { decision }),
      life: this.#life.newest(isOurs, 1_000),
      sessions: this.#sessions.newest(() => true, MAX_SESSIONS).reverse(),
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
    this.#live(key, lifeEvents(before, entry));
    if (entry.kind === 'claimed') this.#openClaims.set(entry.claim.runId, entry.claim);
    if (entry.kind === 'settled') this.#keep(entry.settled);
    if (entry.kind === 'decided') this.#decide(entry.decision);
    return true;
  }

  #isAdmitted(state: ScheduleState | undefined, entry: ScheduleEntry): boolean {
    if (!this.#isShared) return entry.kind !== 'claimed' || isClaimable(state, entry.claim);
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

  #decide(decision: Decision): void {
    const last = this.#lastDecisions.get(decision.key);
    const longer = last === undefined ? null : extended(last, decision);
    if (last !== undefined && longer !== null) this.#decisions.replace(last, longer);
    else this.#decisions.push(decision);
    this.#lastDecisions.set(decision.key, longer ?? decision);
  }

  #live(key: string, events: readonly LifeEvent[]): void {
    if (events.length > 0) this.#lastDecisions.delete(key);
    for (const event of events) this.#life.push(event);
  }

  /** Runs are counted from the start of the scheduler, which outlives a supervisor thread. */
  #open({ incarnationId, nodeId, atMs }: Session): void {
    const last = this.#sessions.last;
    if (!this.#isShared && last?.incarnationId !== incarnationId) {
      for (const [key, state] of this.#schedules) this.#schedules.set(key, { ...state, runCount: 0 });
    }
    this.#sessions.push({ incarnationId, nodeId, startedAtMs: atMs, seenAtMs: atMs });
  }

  #touch(entry: LedgerEntry): void {
    const atMs = writtenAtMs(entry);
    const session = atMs === undefined ? undefined : this.#sessionOf(entry);
    if (session === undefined || atMs === undefined) return;
    const stoppedAtMs = entry.kind === 'closed' ? { stoppedAtMs: entry.atMs } : {};
    this.#sessions.replace(session, { ...session, seenAtMs: Math.max(session.seenAtMs, atMs), ...stoppedAtMs });
  }
  #sessionOf(entry: LedgerEntry): SessionSpan | undefined {
    if (!this.#isShared) return this.#sessions.last;
    const nodeId = writerOf(entry);
    return this.#sessions.newest((session) => session.nodeId === nodeId, 1)[0];
  }
}

/** The node that wrote an entry, where that is known. What is settled may have been settled for another node. */
function writerOf(entry: LedgerEntry): string | undefined {
  switch (entry.kind) {
    case 'seen':
    case 'closed':
      return entry.nodeId;
    case 'claimed':
      return entry.claim.nodeId;
    case 'decided':
      return entry.decision.nodeId;
    default:
      return undefined;
  }
}
