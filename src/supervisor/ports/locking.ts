/** Proof of a lock that was granted. Plain data. */
export interface LockHandle {
  readonly key: string;
  /** Random, new for every acquisition. */
  readonly lockId: string;
  readonly ttlMs: number;
  /** Grows with every acquisition of the key, in decimal; absent where the backend cannot tell. */
  readonly fencingToken?: string;
}

/**
 * Mutual exclusion between nodes. Called from the supervisor thread; calls for different keys overlap. A rejection
 * means "the backend is broken, nobody knows", never "another holds it".
 */
export interface LockingPlugin {
  readonly name: string;
  /** Resolves to null when another holder has the key (contention). */
  tryLock(key: string, ttlMs: number): Promise<LockHandle | null>;
  /** Resolves to false when the lock is no longer ours: it expired, or somebody else has it. */
  renew(handle: LockHandle): Promise<boolean>;
  /** Gives the lock back; a lock that is no longer ours is left alone. */
  release(handle: LockHandle): Promise<void>;
  /** Closes connections. Nothing is called afterwards. */
  cleanup?(): Promise<void>;
  /**
   * All that a node wants at one moment, in one round trip: releases first, then renewals, then attempts in their order.
   * It is all carried out, or rejects and nobody knows. Optional: without it every lock is a call of its own.
   */
  exchange?(request: LockExchange): Promise<LockAnswers>;
  /**
   * Says that a node is at work, and learns of which others that was said within their `ttlMs`, by the backend's clock.
   * Optional: without it nodes do not know of each other, and each of them asks for every occurrence.
   */
  announce?(sign: NodeSign): Promise<Roster>;
}

/** Takes all of its locks, or none. */
export interface LockAttempt {
  readonly locks: readonly { readonly key: string; readonly ttlMs: number }[];
}

export interface LockExchange {
  readonly releases: readonly LockHandle[];
  readonly renewals: readonly LockHandle[];
  readonly attempts: readonly LockAttempt[];
}

/** Each list in the order of what was asked. */
export interface LockAnswers {
  /** As `renew` resolves. */
  readonly renewals: readonly boolean[];
  /** The handles of an attempt's locks in their order; null is contention. */
  readonly attempts: readonly (readonly LockHandle[] | null)[];
}

/** A node's sign of life. */
export interface NodeSign {
  readonly nodeId: string;
  /** After this time without another one it counts for gone. 0: it is gone now. */
  readonly ttlMs: number;
}

export interface Roster {
  /** The ids of the nodes at work, this one among them. */
  readonly nodeIds: readonly string[];
  /** Wall time of the backend's clock, epoch milliseconds: how far this node's clock is off shows against it. */
  readonly nowMs: number;
}
