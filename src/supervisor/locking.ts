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
}
