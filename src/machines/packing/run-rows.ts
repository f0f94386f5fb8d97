/**
 * What happens to runs, packed for another thread. A row is one run, however much happened to it. What does not fit into
 * a row travels beside the rows as it is, and the rows say where its place is.
 */
import type { RunRecord } from '../run.ts';
import type { Claim, SettledRun } from '../schedule-entries.ts';
import { isOrdinary, isOrdinaryDraft } from './ordinary-runs.ts';
import { type RunColumns, RunTable } from './run-table.ts';

/** What happened to a run: it was claimed, `run()` was called, its end was written, its end was reported. */
export type RunFact =
  | { readonly kind: 'claimed'; readonly claim: Claim }
  | { readonly kind: 'started'; readonly start: PackedStart }
  | { readonly kind: 'settled'; readonly settled: SettledRun }
  | { readonly kind: 'ended'; readonly record: RunRecord };

/** The start of a run, as the host reports it. */
export interface PackedStart {
  readonly runId: string;
  readonly key: string;
  readonly scheduledAtMs: number;
  readonly startedAtMs: number;
  readonly threadId: number;
  /** A row has no place for it. */
  readonly traceparent?: string;
}

/** The rows, and what happened to them in which order. */
export interface RunRows {
  /**
   * In the order in which it happened: the row times four, plus the place of the kind in `KINDS`; or `BESIDE` for
   * something that is not in the rows.
   */
  readonly facts: Uint32Array;
  readonly columns: RunColumns;
}

const KINDS = ['claimed', 'started', 'settled', 'ended'] as const;
const BESIDE = 0xffff_ffff;
/** Long before a row has no number any more, a batch is too long for one turn of a thread. */
const MAX_ROWS = 10_000;

/** Packs what happens to runs. */
export class RunPacker {
  #facts: number[] = [];
  readonly #table = new RunTable();
  #rows = new Map<string, number>();

  /** Whether no row is in it. */
  get isEmpty(): boolean {
    return this.#rows.size === 0;
  }

  /** Something that does not fit into a row comes next. */
  leavePlace(): void {
    this.#facts.push(BESIDE);
  }

  /** Takes a fact in, or returns false if it does not fit into a row. */
  add(fact: RunFact): boolean {
    if (this.#rows.size >= MAX_ROWS || !fits(fact)) return false;
    switch (fact.kind) {
      case 'claimed': {
        const { draft, claimedAtMs } = fact.claim;
        this.#table.setClaimed(this.#note(draft.runId, 0), draft, claimedAtMs);
        break;
      }
      case 'started':
        this.#table.setStarted(this.#note(fact.start.runId, 1), fact.start);
        break;
      case 'settled':
        this.#table.setRecord(this.#note(fact.settled.record.runId, 2), fact.settled.record);
        break;
      case 'ended':
        this.#table.setRecord(this.#note(fact.record.runId, 3), fact.record);
        break;
    }
    return true;
  }

  /** What was added since the last call. */
  take(): RunRows {
    const rows = { facts: Uint32Array.from(this.#facts), columns: this.#table.columns(this.#rows.size) };
    this.#facts = [];
    // Another one, and not the same one cleared: see `TransientMap`.
    this.#rows = new Map();
    return rows;
  }

  /** Notes what happened, and returns the row of the run. */
  #note(runId: string, kind: number): number {
    let row = this.#rows.get(runId);
    if (row === undefined) {
      row = this.#rows.size;
      this.#rows.set(runId, row);
      this.#table.clear(row, runId);
    }
    this.#facts.push(row * KINDS.length + kind);
    return row;
  }
}

/** What was packed, in its order. Null is a place that was left. */
export function unpackRuns({ facts, columns }: RunRows): (RunFact | null)[] {
  const table = new RunTable(columns);
  const records: (RunRecord | undefined)[] = [];
  return Array.from(facts, (fact) => {
    if (fact === BESIDE) return null;
    const row = Math.floor(fact / KINDS.length);
    const kind = KINDS[fact % KINDS.length] as RunFact['kind'];
    if (kind === 'claimed') return { kind, claim: claimOf(table, row) };
    if (kind === 'started') return { kind, start: table.start(row) };
    records[row] ??= table.record(row);
    const record = records[row];
    return kind === 'ended' ? { kind, record } : { kind, settled: { record, log: [], isOwed: false } };
  });
}

function claimOf(table: RunTable, row: number): Claim {
  const draft = table.draft(row);
  const { key, runId, nodeId } = draft;
  return { key, runId, nodeId, claimedAtMs: table.claimedAtMs(row), draft };
}

function fits(fact: RunFact): boolean {
  switch (fact.kind) {
    case 'claimed':
      return fact.claim.basis === undefined && isOrdinaryDraft(fact.claim.draft);
    case 'started':
      return fact.start.traceparent === undefined;
    case 'settled': {
      const { record, log, isOwed, isUnclaimed } = fact.settled;
      return log.length === 0 && !isOwed && isUnclaimed === undefined && isOrdinary(record);
    }
    case 'ended':
      return isOrdinary(fact.record);
  }
}
