import type { OccurrenceFacts } from '../../machines/explaining/occurrence-facts.ts';
import type { HistoryQuery, HistoryRecord } from '../../machines/history.ts';
import type { Claim, ScheduleEntry, ScheduleState } from '../../machines/schedule-state.ts';
import type { Session } from '../../machines/session.ts';

/** What a store knew when it was opened. */
export interface StoredState {
  readonly schedules: readonly ScheduleState[];
  /** Runs that were written as started and never as finished. */
  readonly openClaims: readonly Claim[];
}

/** What a store tells by itself. Called on the supervisor thread, never within a call of the store. */
export interface StoreListener {
  /** Something that an operator should see. */
  warned(warning: { readonly code: string; readonly message: string }): void;
  /** What it knew is gone or incomplete, and it works (again): schedules are to be registered anew. */
  lacksState(): void;
  /** Of a shared store: schedules as they are now, after another node, or before this one was refused. */
  changed(states: readonly ScheduleState[]): void;
  /** Of a shared store: this node's runs may go on until then, monotonic milliseconds. */
  trusted(untilMs: number): void;
  /** Of a shared store: the nodes at work, this one among them, and the store's wall time between two instants of this node's. */
  roster(nodeIds: readonly string[], at: ClockReading): void;
  /** Of a shared store: runs of nodes that are gone. The first node to settle them does, the others are refused. */
  orphaned(claims: readonly Claim[]): void;
}

/** The wall time of somebody else's clock, read between two instants of ours. Epoch milliseconds. */
export interface ClockReading {
  readonly nowMs: number;
  readonly askedAtMs: number;
  readonly answeredAtMs: number;
}

/** What became of an entry. */
export interface WriteAnswer {
  /**
   * False when nothing was written: another run has the claimed occurrence or, in a shared store, another node has settled the run
   * or moved the schedule on.
   */
  readonly isTaken: boolean;
  /** Of a shared store, for a claim: grows with every claim of the schedule. */
  readonly fencingToken?: string;
}

/**
 * What survives of schedules and runs. Called from the supervisor thread; calls overlap and may be batched by the
 * implementation, but take effect in the order in which they were made. How entries change a schedule's state is
 * `fold` in `machines/schedule-state.ts`. A rejection means "cannot know": the supervisor says so loudly and goes on. Every call
 * settles in bounded time, also when a disk does not answer. After `close` nothing is called.
 */
export interface StateStore {
  readonly name: string;
  /**
   * Whether the nodes of a cluster share it. Then every claim and decision that has a basis is compared with how things stand
   * (`machines/admission.ts`), a node's claims are its own for as long as it shows signs of life, and a claim whose write
   * rejects has not been and will not be taken.
   */
  readonly isShared?: boolean;
  /** Called once, first. Rejects when the store cannot be used at all. */
  open(session: Session, listener: StoreListener): Promise<StoredState>;
  /**
   * Writes what happened to a schedule. The entry is durable when this resolves. `registered` makes a schedule known or changes its
   * declaration, `claimed` starts a run, `settled` ends one, `decided` says why occurrences did not run, and `moved` passes over
   * occurrences without an outcome (those of a pause that ended). The other kinds are changes in the schedule's life.
   */
  write(entry: ScheduleEntry): Promise<WriteAnswer>;
  /** Says that the supervisor is at work, every few seconds. */
  beat(atMs: number): Promise<void>;
  /** Runs that were written as started and never as finished, now. */
  openClaims(): Promise<readonly Claim[]>;
  /** Newest first. */
  history(query: HistoryQuery): Promise<readonly HistoryRecord[]>;
  /** All that is known about one occurrence. */
  facts(key: string, atMs: number): Promise<OccurrenceFacts>;
  close(atMs: number): Promise<void>;
}
