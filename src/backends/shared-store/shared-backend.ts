/**
 * What a database has to offer so that nodes can share a store in it: it writes a batch as a whole, only if nothing has
 * changed that the batch was folded on, and never twice. The node that writes a batch folds it, see `shared-store.ts`.
 */

import type { OccurrenceFacts } from '../../machines/explaining/occurrence-facts.ts';
import type { HistoryQuery, HistoryRecord } from '../../machines/history.ts';
import type { KvAnswer, KvRequest } from '../../machines/kv/kv-request.ts';
import type { AuditEntry, AuditQuery } from '../../machines/operating/audit.ts';
import type { Decision } from '../../machines/run.ts';
import type { Claim, SettledRun } from '../../machines/schedule-entries.ts';
import type { LifeEvent } from '../../machines/schedule-life.ts';
import type { ScheduleState } from '../../machines/schedule-state.ts';
import type { Session } from '../../machines/session.ts';
import type { RefusedRow } from '../../machines/stored-rows/read-rows.ts';
import type { GroupRoster, GroupSign } from '../../supervisor/ports/groups.ts';

/** How a schedule stands in the database. */
export interface ScheduleView {
  readonly key: string;
  /** Grows with every change of the state or the claims; 0 for a key that the database does not know. */
  readonly revision: number;
  /** Absent when the schedule is not known (any more). */
  readonly state?: ScheduleState;
  /** Its runs that are under way. */
  readonly claims: readonly Claim[];
}

/** What a batch changes of one schedule. */
export interface ScheduleChange {
  readonly key: string;
  /** The revision that the change was folded on. If the database has another one, nothing of the batch is written. */
  readonly revision: number;
  readonly state?: ScheduleState;
  readonly claimed: readonly Claim[];
  /** Runs that have ended. */
  readonly unclaimed: readonly string[];
}

/** A decision and the id of its row, which later batches may extend. */
export interface DecisionSpan {
  readonly spanId: string;
  readonly decision: Decision;
}

export interface FoldedBatch {
  /** Counts the batches of a node from 1, with gaps. */
  readonly number: number;
  readonly changes: readonly ScheduleChange[];
  /** Schedules that do not change, but must stand as they were seen, because an entry was refused for that reason. */
  readonly checks: readonly { readonly key: string; readonly revision: number }[];
  readonly runs: readonly SettledRun[];
  readonly decisions: readonly DecisionSpan[];
  readonly life: readonly LifeEvent[];
  /** What operators did. Absent: nothing. */
  readonly operations?: readonly AuditEntry[];
  /** Before this instant of the database's clock nothing of the batch may be written, epoch milliseconds. */
  readonly notBeforeMs?: number;
  /** When the entries show this node to be alive, epoch milliseconds of its clock; absent when no entry does. */
  readonly seenAtMs?: number;
  /** A look that is due travels with the batch. Optional to heed: a backend that does answers with a sight. */
  readonly look?: LookRequest;
}

/** What a node asks when it looks around, and what it says about itself. */
export interface LookRequest {
  /** Which schedules it wants to see: those that have changed since. */
  readonly sinceRevision: number;
  /** When the node was seen last, epoch milliseconds of its clock; absent when that was written already. */
  readonly seenAtMs?: number;
  /** The group that it announces again, without keys, as in `GroupSign`. */
  readonly group?: { readonly id: string; readonly ttlMs: number };
}

/** With the database's wall time, epoch milliseconds, and what a look that came with the batch has seen. */
export type WriteVerdict = { readonly nowMs: number; readonly sight?: Sight } & BatchVerdict;

type BatchVerdict =
  /** The new revision of each schedule that was changed. */
  | { readonly kind: 'written'; readonly revisions: ReadonlyMap<string, number> }
  /** Nothing was written. `views` are the schedules that stand otherwise than the batch was folded on. */
  | { readonly kind: 'conflict'; readonly views: readonly ScheduleView[] }
  /** Nothing was written: the number is not above the last one that was written or burnt. */
  | { readonly kind: 'late' }
  /** Nothing was written: the batch has claims or decisions that lie in the future by the database's clock. */
  | { readonly kind: 'early' }
  /** Nothing was written: the database has another history than the one that this node has entered. */
  | { readonly kind: 'other-history' };

/** The database will never take something in the batch, and nothing of the batch was written. */
export class UnwritableBatchError extends Error {
  override readonly name = 'UnwritableBatchError';
}

/** What a node sees when it looks around. */
export interface Sight {
  /**
   * Names the history of the database. It is another one after the database may have forgotten what it confirmed: after
   * a fail-over, a restart or a restore, or when its tables were made anew. Then revisions that a node has seen say
   * nothing any more.
   */
  readonly historyId: string;
  /** Schedules that have changed since the revision that was asked about. */
  readonly views: readonly ScheduleView[];
  /** Nodes that showed a sign of life within their ttl, by the database's clock; this one among them. */
  readonly nodeIds: readonly string[];
  /** Runs under way of all other nodes. */
  readonly orphans: readonly Claim[];
  /** The database's wall time, epoch milliseconds. */
  readonly nowMs: number;
  /** What `announceGroup` would have resolved to, if the look named a group. */
  readonly roster?: GroupRoster;
  /**
   * After so many milliseconds the first of the other nodes that have runs counts as gone, unless it shows another sign
   * of life. Absent when no other node has runs.
   */
  readonly doubtInMs?: number;
  /** Another process has entered under this node's name. The name now belongs to it, so this sight has nothing else. */
  readonly isReplaced: boolean;
}

/** What another node has said: a schedule has changed, or which nodes there are and what they have. */
export interface StoreNews {
  /** The history that the other node has entered. */
  readonly historyId: string;
  /** How the schedule stands now. */
  readonly view?: ScheduleView;
  /** In place of a view that was too long to say. */
  readonly changed?: Pick<ScheduleView, 'key' | 'revision'>;
}

/** Called on the supervisor thread, never within a call of the backend. */
export interface NewsListener {
  /** Another node has said something. What this node says itself is not passed on. */
  heard(news: StoreNews): void;
  /** Whether news arrive from now on, as far as the backend knows. Before the first call they do not. */
  hearing(isHearing: boolean): void;
}

/**
 * Every call settles in bounded time. A rejection means that nobody knows whether it was done. `enter`, `write` and
 * `look` are signs of life: the node counts as alive for its ttl after each.
 */
export interface SharedBackend {
  readonly name: string;
  /**
   * Called once, before `enter`: who hears of rows that cannot be used. No answer contains them; the view of a schedule
   * whose state cannot be used has no state.
   */
  reportRefused?(refused: (row: RefusedRow) => void): void;
  /** The database's wall clock, epoch milliseconds. May be called before `enter`. */
  readClock(): Promise<number>;
  /**
   * Until when another process with this node's name counts as alive, epoch milliseconds of the database's clock; null if
   * none does. May be called before `enter`.
   */
  signOfTwin(session: Session): Promise<number | null>;
  /**
   * Asks every node that hears to look around now, also one that has this node's name. May be called before `enter`.
   * Optional, like `listen`.
   */
  askForSigns?(session: Session): Promise<void>;
  /** Called first of what follows: makes the node and its session known. Sees everything. */
  enter(session: Session, ttlMs: number): Promise<Sight>;
  /** Enters another history, which may or may not know the node's session. Batches are still of the old one. */
  reenter(): Promise<Sight>;
  /** From now on batches are folded on this history. */
  adopt(historyId: string): void;
  /**
   * Writes all of the batch or nothing, in one round trip. Rejects with an `UnwritableBatchError` when a retry is
   * useless.
   */
  write(batch: FoldedBatch): Promise<WriteVerdict>;
  /**
   * True when a batch of this node was written; otherwise makes sure that it never will be. Every call answers the
   * same.
   */
  burn(batchNumber: number): Promise<boolean>;
  look(request: LookRequest): Promise<Sight>;
  /**
   * Begins to hear what other nodes write. Called once, after `enter`, and ends with `close`. Optional: without it, a
   * node looks twice a second. News may get lost, because the next look finds what they said.
   */
  listen?(listener: NewsListener): void;
  /** News did not arrive that should have. If a trial shows that none do, the listener hears of it. */
  doubtNews?(): void;
  /** As in `StateStore`. */
  announceGroup(sign: GroupSign): Promise<GroupRoster>;
  /** As in `StateStore`. */
  readGroup(id: string): Promise<readonly string[] | null>;
  /** Runs under way of all nodes. May be called before `enter`. */
  openClaims(): Promise<readonly Claim[]>;
  history(query: HistoryQuery): Promise<readonly HistoryRecord[]>;
  facts(key: string, atMs: number): Promise<OccurrenceFacts>;
  /** As in `StateStore`. Batches and their order do not concern it. */
  kv(request: KvRequest): Promise<KvAnswer>;
  /** What operators did, newest first. */
  audit(query: AuditQuery): Promise<readonly AuditEntry[]>;
  /** Deletes a slice of what retention does not keep. True when more is left. */
  prune(): Promise<boolean>;
  /** The node stops in good order: it no longer counts as alive, and its session ends. */
  leave(atMs: number): Promise<void>;
  /** Closes connections. */
  close(): Promise<void>;
}
