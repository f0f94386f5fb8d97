import type { AnnouncedGroup, GroupRoster } from './groups.ts';

/** Proof that a lock was granted. Plain data, so that it survives `structuredClone`. */
export interface LockHandle {
  /** The key of the lock. */
  readonly key: string;
  /** Random, new for every acquisition. */
  readonly lockId: string;
  /** How long it holds, in milliseconds. */
  readonly ttlMs: number;
  /** A decimal number that grows with every acquisition of the key. Absent if the backend has none. */
  readonly fencingToken?: string;
}

/**
 * Mutual exclusion between nodes. Called from the supervisor thread; calls for different keys overlap. A call rejects
 * when the backend is broken and nobody knows whether it was carried out, but never because another node has the lock.
 */
export interface LockingPlugin {
  /** The name of the backend, such as `redis`. */
  readonly name: string;
  /** What an operator should know of the backend when the scheduler starts. Each is reported once, as a warning. */
  readonly warnings?: readonly LockingWarning[];
  /** Resolves to null if the key is held, by whichever node: that is contention. */
  tryLock(key: string, ttlMs: number): Promise<LockHandle | null>;
  /** Lets the lock last `handle.ttlMs` from now. Resolves to false if it is no longer ours: expired or taken over. */
  renew(handle: LockHandle): Promise<boolean>;
  /** Gives the lock back. Does nothing if the lock is no longer ours. */
  release(handle: LockHandle): Promise<void>;
  /** Closes connections. Nothing else is called afterwards, but it may be called twice. */
  cleanup?(): Promise<void>;
  /**
   * Carries out everything that a node wants at one moment, in one round trip: releases first, then renewals, then
   * attempts in their order. If it rejects, nobody knows which of them happened. Optional: without it the locker makes
   * one call for each lock.
   */
  exchange?(request: LockExchange): Promise<LockAnswers>;
  /**
   * Says that a node is alive, and resolves to the nodes that said so within their `ttlMs`, by the backend's clock.
   * Optional: without it nodes do not know of each other, and each of them asks for the locks of every occurrence.
   */
  announce?(sign: NodeSign): Promise<Roster>;
  /**
   * The keys of a group that a node has announced; null if the backend does not know them. Optional: without it, every
   * node counts as having every schedule, and waits for the turns of nodes that do not have it.
   */
  readGroup?(id: string): Promise<readonly string[] | null>;
  /**
   * The backend's wall clock, epoch milliseconds, with fractions if it has them. The nodes then plan by this clock, and
   * not by those of their machines. Optional: leave it out if the nodes have one clock anyway, or the backend has none.
   */
  readClock?(): Promise<number>;
  /**
   * Begins to hear what other nodes say through the backend. Called at most once, before the first exchange, and ends
   * with `cleanup`. Optional: without it, every node asks for the locks of every occurrence. News may get lost: a node
   * that has not heard asks. A backend with `listen` lets locks expire to the millisecond: nodes leave short ones to that.
   */
  listen?(listener: LockListener): void;
}

/** A lock backend that opens while the node starts. Each promise settles once. */
export interface OpeningLocks {
  /** Settles with the first attempt, and rejects with what was wrong. */
  readonly opened: Promise<unknown>;
  /** Resolves when the backend is open, whichever attempt it was. */
  readonly whenOpen: Promise<unknown>;
}

/** Who hears the news of other nodes. Called on the supervisor thread, never within a call of the backend. */
export interface LockListener {
  /** Another node has said something. What this node says itself is not passed on. */
  heard(news: LockNews): void;
  /** Whether news arrive from now on, as far as the backend knows. Before the first call they do not. */
  hearing(isHearing: boolean): void;
}

/** What an exchange tells the other nodes. */
export interface LockNews {
  /** The keys of the claims that were granted: those of the locks with an `occurrence`. */
  readonly claimed: readonly string[];
  /** The keys of the other locks of attempts that were refused and wait (`LockAttempt.isWaiting`). */
  readonly wanted: readonly string[];
}

/** The code is for programs, the message for people. */
export interface LockingWarning {
  /** A stable word for it. */
  readonly code: string;
  /** A sentence for people. */
  readonly message: string;
}

/** A lock that is asked for. */
export interface AskedLock {
  readonly key: string;
  readonly ttlMs: number;
  /**
   * The lock is the claim of an occurrence, which is never released but left to expire. Where claims that have expired
   * may say nothing any more (`atMs` is more than `ttlMs` before the backend's clock), only an occurrence after the last
   * one of `of` that was claimed may be. So a backend remembers that last one for ever. Optional to heed: without it, a
   * node that was away for longer may run again what others ran.
   */
  readonly occurrence?: { readonly of: string; readonly atMs: number };
}

/** Locks that are taken together: all of them or none. */
export interface LockAttempt {
  /** The locks that are asked for together. */
  readonly locks: readonly AskedLock[];
  /** If the attempt is refused, the node that holds the locks is to hear that they are wanted, in case it needs them no more. */
  readonly isWaiting?: boolean;
}

/** What one call of the backend takes to it. */
export interface LockExchange {
  /** The locks to give back. */
  readonly releases: readonly LockHandle[];
  /** The locks to keep. */
  readonly renewals: readonly LockHandle[];
  /** The locks to take. */
  readonly attempts: readonly LockAttempt[];
  /** There are other nodes, who are to hear the news of this exchange. Optional to heed, together with `listen`. */
  readonly isTold?: boolean;
  /** The node's sign of life, as `announce` takes it, without keys. Optional to heed: a backend that does answers with a roster. */
  readonly sign?: NodeSign;
}

/** Each list in the order of the request. */
export interface LockAnswers {
  /** What `renew` would have resolved to. */
  readonly renewals: readonly boolean[];
  /** The handles of each attempt's locks, in their order; null is contention. */
  readonly attempts: readonly (readonly LockHandle[] | null)[];
  /** What the backend's wall clock said when it answered, as `readClock` gives it. */
  readonly nowMs?: number;
  /** What `announce` would have resolved to, if the request had a sign of life. */
  readonly roster?: Omit<Roster, 'nowMs'>;
}

/** A node's sign of life. */
export interface NodeSign {
  /** The id of the node. */
  readonly nodeId: string;
  /** The node counts as gone if it gives no other sign within this time. 0: it leaves now. */
  readonly ttlMs: number;
  /**
   * Which schedules the node has. Optional to heed, together with `readGroup`: keep the group of each node for as long as
   * the node is alive, and the keys of a group for as long as a living node names it. Absent: it is not known.
   */
  readonly group?: AnnouncedGroup;
}

/** The groups are absent if the backend does not heed them. */
export interface Roster extends Partial<GroupRoster> {
  /** The ids of the nodes that are alive, including the one that asks unless it leaves. */
  readonly nodeIds: readonly string[];
  /** The backend's wall clock, as `readClock` gives it. A node also learns from it how far its own clock is off. */
  readonly nowMs: number;
}
