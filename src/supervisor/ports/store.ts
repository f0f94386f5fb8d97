import type { ClockReading } from '../../machines/cluster-time/clock-offset.ts';
import type { OccurrenceFacts } from '../../machines/explaining/occurrence-facts.ts';
import type { HistoryQuery, HistoryRecord } from '../../machines/history.ts';
import type { KvAnswer, KvRequest } from '../../machines/kv/kv-request.ts';
import type { AuditEntry, AuditQuery } from '../../machines/operating/audit.ts';
import type { Claim, ScheduleEntry } from '../../machines/schedule-entries.ts';
import type { ScheduleState } from '../../machines/schedule-state.ts';
import type { Session } from '../../machines/session.ts';
import type { Answered } from './answered.ts';
import type { GroupRoster, GroupSign } from './groups.ts';

/** What a store knew when it was opened. */
export interface StoredState {
  /** What is known of each schedule. */
  readonly schedules: readonly ScheduleState[];
  /** Runs that were written as started and never as finished. */
  readonly openClaims: readonly Claim[];
}

/** What a node finds in a shared store that has another history than before. */
export interface NewHistory {
  readonly schedules: readonly ScheduleState[];
  /** This node's runs that the store knows nothing of any more. */
  readonly forgottenRunIds: readonly string[];
  /** This node's runs that are under way as far as the store knows. Some of them may be over. */
  readonly ownClaims: readonly Claim[];
}

/** What a store reports unasked. Called on the supervisor thread, never within a call of the store. */
export interface StoreListener {
  /** Reports something that an operator should see. */
  warned(warning: { readonly code: string; readonly message: string; readonly key?: string }): void;
  /** The store works (again), but what it knew is gone or incomplete: all schedules must be registered anew. */
  lacksState(): void;
  /**
   * Of a shared store: how schedules stand after a change by another node, or before a write of this node is refused.
   */
  changed(states: readonly ScheduleState[]): void;
  /** Of a shared store: it refused something, because it stood otherwise than this node thought. To be counted. */
  conflicted(): void;
  /** Of a shared store: it has another history than before, and may have forgotten what it confirmed. */
  historyChanged(history: NewHistory): void;
  /** Of a shared store: this node's runs may go on until then, monotonic milliseconds. */
  trusted(untilMs: number): void;
  /** Of a shared store: the nodes that are alive, this one among them, and the store's wall time. */
  roster(nodeIds: readonly string[], at: ClockReading): void;
  /** Of a shared store: its wall time, as an answer to something else has it. */
  clock(at: ClockReading): void;
  /**
   * Of a shared store: runs of nodes that are gone. The first node to settle a run succeeds, the others are refused.
   */
  orphaned(claims: readonly Claim[]): void;
}

/** What became of an entry. */
export interface WriteAnswer {
  /**
   * False when nothing was written: another run has the claimed occurrence or, in a shared store, another node has
   * settled the run or moved the schedule on.
   */
  readonly isTaken: boolean;
  /**
   * Of a shared store: nothing was written, because by the store's clock the occurrence lies in the future. The
   * listener heard of the time before.
   */
  readonly isEarly?: boolean;
  /** Of a shared store, for a claim: grows with every claim of the schedule. */
  readonly fencingToken?: string;
}

/**
 * Keeps what must survive of schedules and runs. Called from the supervisor thread; calls overlap, and an
 * implementation may batch them, but they take effect in the order in which they were made. `fold` in
 * `machines/schedule-state.ts` says how an entry changes a schedule.
 *
 * A rejection means "cannot know": the supervisor warns and goes on. Every call settles in bounded time, even when a
 * disk does not answer: a call of a store of the user's own that has not settled after 20 s counts as rejected. Nothing
 * is called after `close`.
 */
export interface StateStore {
  /** The name of the backend, such as `sqlite`. */
  readonly name: string;
  /**
   * Whether the nodes of a cluster share the store. A shared store compares every claim and decision that has a basis,
   * and every change of a position, with how things stand (see `machines/admission.ts`), and leaves a node its claims
   * for as long as the node shows signs of life. A claim whose write rejects must not have been taken, and must not be
   * taken later.
   *
   * A shared store also refuses claims and decisions that lie in the future by its own clock: see
   * `machines/cluster-time/early-claims.ts`.
   */
  readonly isShared?: boolean;
  /**
   * Of a shared store: its wall clock, epoch milliseconds, which all nodes plan by. May be called before `open`, so that
   * a node whose own clock is wrong never plans by it. Without it a node starts by its own clock, and goes by the
   * store's as soon as the listener hears of it.
   */
  readClock?(): Promise<number>;
  /** Called once, before everything but `readClock`. Rejects when the store cannot be used at all. */
  open(session: Session, listener: StoreListener): Promise<StoredState>;
  /**
   * Writes what happened to a schedule. The entry is durable when this answers. `registered` makes a schedule known or
   * changes its declaration, `claimed` starts a run, `settled` ends one, `decided` says why occurrences did not run,
   * `moved` passes over occurrences without an outcome (those of a pause that ended), and `repositioned` also sets a
   * schedule back. The other kinds are changes in the schedule's life.
   */
  write(entry: ScheduleEntry): Answered<WriteAnswer>;
  /** Called every few seconds: the supervisor is alive. */
  beat(atMs: number): Promise<void>;
  /** Runs that are written as started and not as finished. */
  openClaims(): Promise<readonly Claim[]>;
  /**
   * Of a shared store: the runs in progress of all nodes, as this one last saw them, without a call to the database.
   * Optional: without it, `stats()` does not know what other nodes run.
   */
  seenClaims?(): readonly Claim[];
  /** Newest first. */
  history(query: HistoryQuery): Promise<readonly HistoryRecord[]>;
  /** All that is known about one occurrence. */
  facts(key: string, atMs: number): Promise<OccurrenceFacts>;
  /**
   * Of a shared store: says which schedules a node has, and resolves to the groups of the nodes. The keys of a group are
   * kept for as long as a node names it. Optional, with `readGroup`: without them, every node counts as having every
   * schedule, and waits for the turns of nodes that do not have it. A rejection is passed over: it follows again soon.
   */
  announceGroup?(sign: GroupSign): Promise<GroupRoster>;
  /** The keys of a group that a node has announced; null if the store does not know them. */
  readGroup?(id: string): Promise<readonly string[] | null>;
  /**
   * What plugins keep: `machines/kv/kv-request.ts` has the requests and their answers. A change is durable when this
   * answers, and takes effect as a whole: of two changes at the same moment, also by two nodes, the quota is compared
   * with what the first one leaves. A change whose call rejects is not tried again; nobody knows whether it was made.
   * An answer contains what this node has changed before. Optional: without it, `ctx.host.kv` is refused.
   */
  kv?(request: KvRequest): Answered<KvAnswer>;
  /**
   * Keeps what an operator did. Settles when that is as durable as an entry. Optional, with `audit`: without them the
   * supervisor keeps the newest operations in its own memory.
   */
  operated?(operation: AuditEntry): Answered<unknown>;
  /** What operators did, on any node, newest first. */
  audit?(query: AuditQuery): Promise<readonly AuditEntry[]>;
  /** Gives up what the store holds. Nothing is called after it. */
  close(atMs: number): Promise<void>;
}
