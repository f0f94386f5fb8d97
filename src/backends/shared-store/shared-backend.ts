/**
 * What a database has to offer for nodes to share a store in it: batches that are written whole, if nothing that they were folded
 * on has changed, and never twice. What a batch means is folded by the node that writes it, see `shared-store.ts`.
 */

import type { OccurrenceFacts } from '../../machines/explaining/occurrence-facts.ts';
import type { HistoryQuery, HistoryRecord } from '../../machines/history.ts';
import type { Decision } from '../../machines/run.ts';
import type { Claim, LifeEvent, ScheduleState, SettledRun } from '../../machines/schedule-state.ts';
import type { Session } from '../../machines/session.ts';

/** How a schedule stands in the database. */
export interface ScheduleView {
  readonly key: string;
  /** Grows with every change of the state or the claims; 0 of a key that the database has never heard of. */
  readonly revision: number;
  /** Absent of a schedule that is not known (any more). */
  readonly state?: ScheduleState;
  /** Its runs that are under way. */
  readonly claims: readonly Claim[];
}

/** What a batch changes of one schedule. */
export interface ScheduleChange {
  readonly key: string;
  /** The revision that it was folded on: another one, and nothing of the batch is written. */
  readonly revision: number;
  readonly state?: ScheduleState;
  readonly claimed: readonly Claim[];
  /** Runs that are over. */
  readonly unclaimed: readonly string[];
}

/** A decision in a row of its own, which later batches may make longer. */
export interface DecisionSpan {
  readonly spanId: string;
  readonly decision: Decision;
}

export interface FoldedBatch {
  /** Counts the batches of a node from 1, with gaps. */
  readonly number: number;
  readonly changes: readonly ScheduleChange[];
  /** Schedules that are not changed, but have to stand as they did: something about them was refused on that ground. */
  readonly checks: readonly { readonly key: string; readonly revision: number }[];
  readonly runs: readonly SettledRun[];
  readonly decisions: readonly DecisionSpan[];
  readonly life: readonly LifeEvent[];
  /** When this node was last known to be at work, epoch milliseconds of its clock; absent when nothing says so. */
  readonly seenAtMs?: number;
}

export type WriteVerdict =
  /** The new revisions of all that was changed. */
  | { readonly kind: 'written'; readonly revisions: ReadonlyMap<string, number> }
  /** Nothing was written. How those of the schedules stand that have changed. */
  | { readonly kind: 'conflict'; readonly views: readonly ScheduleView[] }
  /** Nothing was written: the number is not above the last one that was written or burnt. */
  | { readonly kind: 'late' };

/** There is something in the batch that the database will never take, and nothing of it was written. */
export class UnwritableBatchError extends Error {
  override readonly name = 'UnwritableBatchError';
}

/** What a node sees when it looks around. */
export interface Sight {
  /** Schedules that have changed since the revision that was asked about. */
  readonly views: readonly ScheduleView[];
  /** Nodes that have shown a sign of life within their ttl, by the database's clock; this one among them. */
  readonly nodeIds: readonly string[];
  /** Runs under way of nodes that have not. */
  readonly orphans: readonly Claim[];
  /** The database's wall time, epoch milliseconds. */
  readonly nowMs: number;
}

/**
 * Every call settles in bounded time. A rejection means that nobody knows whether it was done. A write, a look and the
 * entering are signs of life, by which the node counts for at work for its ttl.
 */
export interface SharedBackend {
  readonly name: string;
  /** Called once, first: makes the node known, with a session. Sees everything. */
  enter(session: Session, ttlMs: number): Promise<Sight>;
  /** Writes all of it or nothing, in one round trip. Rejects with an `UnwritableBatchError` when trying again is no use. */
  write(batch: FoldedBatch): Promise<WriteVerdict>;
  /** Makes sure that a batch of this node that is not written will never be. True: it was. Asked again it answers the same. */
  burn(batchNumber: number): Promise<boolean>;
  look(sinceRevision: number): Promise<Sight>;
  openClaims(): Promise<readonly Claim[]>;
  history(query: HistoryQuery): Promise<readonly HistoryRecord[]>;
  facts(key: string, atMs: number): Promise<OccurrenceFacts>;
  /** Drops a slice of what is not to be kept any longer. True: there is more. */
  prune(): Promise<boolean>;
  /** The node stops in good order: it is not at work from now on, and its session ends. */
  leave(atMs: number): Promise<void>;
  /** Closes connections. */
  close(): Promise<void>;
}
