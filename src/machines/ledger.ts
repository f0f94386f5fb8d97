/**
 * What is known of every schedule and its runs: a fold over entries, so that the same entries give the same ledger on any
 * thread. The memory store is one; the host thread keeps a replica, with which it restarts a supervisor thread that died.
 *
 * Bounded: history is a ring of records, decisions of the same kind that follow each other are merged into one.
 */
import { type Decision, isRunOutcome, type OutcomeCounts, type RunRecord } from './run.ts';

/** What survives of one schedule. */
export interface ScheduleState {
  readonly key: string;
  /** The last occurrence that was settled or is being worked on; only occurrences after it can fall due. */
  readonly cursorMs: number;
  readonly isPaused: boolean;
  /** Runs since the scheduler started. */
  readonly runCount: number;
  /** Occurrences that fell due, manual triggers included. Equal to the sum of `outcomes` plus the run in progress. */
  readonly dueCount: number;
  readonly outcomes: OutcomeCounts;
  readonly lastRun?: RunRecord;
}

/** An occurrence taken to be worked on: written before its run is dispatched. */
export interface Claim {
  readonly key: string;
  readonly runId: string;
  readonly nodeId: string;
  readonly claimedAtMs: number;
  /** What the run's record will say, as far as it is known. */
  readonly draft: RunDraft;
}

/** The part of a run's record that is known when it is claimed. */
export type RunDraft = Pick<
  RunRecord,
  | 'runId'
  | 'key'
  | 'plugin'
  | 'scheduleId'
  | 'tenantId'
  | 'siteId'
  | 'nodeId'
  | 'trigger'
  | 'isCatchup'
  | 'scheduledAtMs'
  | 'dueAtMs'
>;

export type LedgerEntry =
  | { readonly kind: 'registered'; readonly key: string; readonly cursorMs: number }
  | { readonly kind: 'claimed'; readonly claim: Claim }
  | { readonly kind: 'settled'; readonly record: RunRecord }
  | { readonly kind: 'decided'; readonly decision: Decision }
  | { readonly kind: 'moved'; readonly key: string; readonly cursorMs: number }
  | { readonly kind: 'paused' | 'resumed' | 'forgotten'; readonly key: string };

/** A ledger as plain data. */
export interface LedgerSnapshot {
  readonly schedules: readonly ScheduleState[];
  readonly openClaims: readonly Claim[];
  readonly records: readonly RunRecord[];
  readonly decisions: readonly Decision[];
}

/** Which records to return. Unset fields do not filter. */
export interface HistoryQuery {
  readonly key?: string;
  readonly outcome?: RunRecord['outcome'];
  readonly runId?: string;
  /** Inclusive, epoch milliseconds, compared with `finishedAtMs`. */
  readonly since?: number;
  /** Exclusive, epoch milliseconds. */
  readonly until?: number;
  /** Newest first. Default 100. */
  readonly limit?: number;
}

export const EMPTY_LEDGER: LedgerSnapshot = { schedules: [], openClaims: [], records: [], decisions: [] };

/** Default of `maxRecords`: about 10 MB of records. */
export const DEFAULT_MAX_RECORDS = 10_000;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export class Ledger {
  readonly #maxRecords: number;
  readonly #schedules = new Map<string, Mutable<ScheduleState>>();
  readonly #openClaims = new Map<string, Claim>();
  #records: RunRecord[] = [];
  #decisions: Decision[] = [];

  constructor(snapshot: LedgerSnapshot = EMPTY_LEDGER, maxRecords = DEFAULT_MAX_RECORDS) {
    this.#maxRecords = maxRecords;
    for (const state of snapshot.schedules) this.#schedules.set(state.key, copyOf(state));
    for (const claim of snapshot.openClaims) this.#openClaims.set(claim.runId, claim);
    this.#records = [...snapshot.records];
    this.#decisions = [...snapshot.decisions];
  }

  apply(entry: LedgerEntry): void {
    switch (entry.kind) {
      case 'registered':
        if (!this.#schedules.has(entry.key)) this.#schedules.set(entry.key, newState(entry.key, entry.cursorMs));
        break;
      case 'claimed':
        this.#claim(entry.claim);
        break;
      case 'settled':
        this.#settle(entry.record);
        break;
      case 'decided':
        this.#decide(entry.decision);
        break;
      case 'moved':
        this.#update(entry.key, (state) => moveCursor(state, entry.cursorMs));
        break;
      case 'paused':
      case 'resumed':
        this.#update(entry.key, (state) => {
          state.isPaused = entry.kind === 'paused';
        });
        break;
      case 'forgotten':
        this.#schedules.delete(entry.key);
        break;
    }
  }

  schedules(): readonly ScheduleState[] {
    return [...this.#schedules.values()].map(copyOf);
  }

  /** Claims whose run was not settled. */
  openClaims(): readonly Claim[] {
    return [...this.#openClaims.values()];
  }

  /** Matching records, newest first. */
  history(query: HistoryQuery): RunRecord[] {
    const limit = query.limit ?? 100;
    const found: RunRecord[] = [];
    for (let index = this.#records.length - 1; index >= 0 && found.length < limit; index--) {
      const record = this.#records[index] as RunRecord;
      if (matches(record, query)) found.push(record);
    }
    return found;
  }

  snapshot(): LedgerSnapshot {
    return {
      schedules: this.schedules(),
      openClaims: this.openClaims(),
      records: this.#records.slice(-this.#maxRecords),
      decisions: this.#decisions.slice(-this.#maxRecords),
    };
  }

  /** A schedule that was removed while its last run ended stays forgotten; its history is kept all the same. */
  #update(key: string, change: (state: Mutable<ScheduleState>) => void): void {
    const state = this.#schedules.get(key);
    if (state !== undefined) change(state);
  }

  #claim(claim: Claim): void {
    this.#openClaims.set(claim.runId, claim);
    this.#update(claim.key, (state) => {
      state.dueCount += 1;
      if (claim.draft.trigger !== 'manual') moveCursor(state, claim.draft.scheduledAtMs);
    });
  }

  #settle(record: RunRecord): void {
    this.#openClaims.delete(record.runId);
    this.#update(record.key, (state) => {
      addOutcome(state.outcomes, record.outcome, 1);
      state.lastRun = record;
      if (isRunOutcome(record.outcome)) state.runCount += 1;
    });
    this.#records.push(record);
    // Twice the ring is kept before half is dropped, so that a settled run costs no copy of the whole.
    if (this.#records.length > 2 * this.#maxRecords) this.#records = this.#records.slice(-this.#maxRecords);
  }

  #decide(decision: Decision): void {
    this.#update(decision.key, (state) => {
      state.dueCount += decision.count;
      addOutcome(state.outcomes, decision.outcome, decision.count);
      moveCursor(state, decision.untilMs);
    });
    const last = this.#decisions.at(-1);
    if (last !== undefined && last.key === decision.key && last.outcome === decision.outcome) {
      const { untilMs, atMs } = decision;
      this.#decisions[this.#decisions.length - 1] = { ...last, untilMs, atMs, count: last.count + decision.count };
      return;
    }
    this.#decisions.push(decision);
    if (this.#decisions.length > 2 * this.#maxRecords) this.#decisions = this.#decisions.slice(-this.#maxRecords);
  }
}

/** A cursor never falls. */
function moveCursor(state: Mutable<ScheduleState>, cursorMs: number): void {
  if (cursorMs > state.cursorMs) state.cursorMs = cursorMs;
}

function newState(key: string, cursorMs: number): Mutable<ScheduleState> {
  return { key, cursorMs, isPaused: false, runCount: 0, dueCount: 0, outcomes: {} };
}

function copyOf(state: ScheduleState): Mutable<ScheduleState> {
  return { ...state, outcomes: { ...state.outcomes } };
}

function addOutcome(counts: OutcomeCounts, outcome: RunRecord['outcome'], by: number): void {
  counts[outcome] = (counts[outcome] ?? 0) + by;
}

function matches(record: RunRecord, query: HistoryQuery): boolean {
  return (
    (query.key === undefined || record.key === query.key) &&
    (query.outcome === undefined || record.outcome === query.outcome) &&
    (query.runId === undefined || record.runId === query.runId) &&
    (query.since === undefined || record.finishedAtMs >= query.since) &&
    (query.until === undefined || record.finishedAtMs < query.until)
  );
}
