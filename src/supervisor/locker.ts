/**
 * Takes what an occurrence needs before it may run: the run lock on the schedule key, and the claim of the occurrence,
 * a lock on "key@occurrence" that is never given back but left to expire, so that a node whose clock is behind finds it
 * taken although the run is long over. Without a backend, and for `node-local` schedules, the store's claim is all.
 */
import type { LockingHint } from '../plugin.ts';
import type { Clock } from './clock.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import type { LockHandle, LockingPlugin } from './locking.ts';

/** Time to live of a run lock. */
const RUN_LOCK_TTL_MS = 15_000;
/** How long an occurrence claim is kept: far beyond any clock skew or retry. */
const CLAIM_TTL_MS = 3_600_000;

/** What was taken. */
export interface Grant {
  readonly fencingToken: string | null;
}

export interface LockRequest {
  readonly key: string;
  readonly scheduledAtMs: number;
  /** The lost run that is made good: it took the occurrence's claim with it, so this run has a claim of its own. */
  readonly recoveryOf?: string | undefined;
  readonly hint: LockingHint;
  /** The lock is no longer ours. Called at most once, and not after `release`. */
  readonly onLost: () => void;
}

const UNLOCKED: Grant = { fencingToken: null };

export class Locker {
  readonly #clock: Clock;
  readonly #locking: LockingPlugin | null;
  readonly #leases: LeaseKeeper;
  readonly #onBroken: (key: string, error: unknown) => void;
  errorCount = 0;

  constructor(clock: Clock, locking: LockingPlugin | null, onBroken: (key: string, error: unknown) => void) {
    this.#clock = clock;
    this.#locking = locking;
    this.#leases = new LeaseKeeper(clock);
    this.#onBroken = onBroken;
  }

  get name(): string | null {
    return this.#locking?.name ?? null;
  }

  get heldCount(): number {
    return this.#leases.heldCount;
  }

  /** Null is contention. Rejects when the backend is broken, unless the schedule runs without it then. */
  async acquire(request: LockRequest): Promise<Grant | null> {
    const locking = this.#locking;
    if (locking === null || request.hint === 'node-local') return UNLOCKED;
    try {
      return await this.#acquireBoth(locking, request);
    } catch (error) {
      this.errorCount += 1;
      if (request.hint === 'require-global') throw error;
      this.#onBroken(request.key, error);
      return UNLOCKED;
    }
  }

  isTrusted(key: string): boolean {
    return this.#leases.isTrusted(key);
  }

  /** Gives the run lock back; the claim stays. */
  release(key: string): void {
    const handle = this.#leases.release(key);
    if (handle !== undefined && this.#locking !== null) this.#giveBack(this.#locking, handle);
  }

  async close(): Promise<void> {
    await this.#locking?.cleanup?.();
  }

  async #acquireBoth(locking: LockingPlugin, request: LockRequest): Promise<Grant | null> {
    const requestedAtMs = this.#clock.monotonicMs();
    const handle = await locking.tryLock(request.key, RUN_LOCK_TTL_MS);
    if (handle === null) return null;
    const claim = await this.#claim(locking, request, handle);
    if (claim === null) return null;
    this.#leases.keep(locking, { handle, requestedAtMs }, request.onLost);
    return { fencingToken: handle.fencingToken ?? null };
  }

  /** A claim that is not won gives the run lock back. */
  async #claim(locking: LockingPlugin, request: LockRequest, handle: LockHandle): Promise<LockHandle | null> {
    try {
      const claim = await locking.tryLock(claimKey(request), CLAIM_TTL_MS);
      if (claim === null) this.#giveBack(locking, handle);
      return claim;
    } catch (error) {
      this.#giveBack(locking, handle);
      throw error;
    }
  }

  /** A lock that cannot be given back expires by itself: it is told and counted, nothing waits for it. */
  #giveBack(locking: LockingPlugin, handle: LockHandle): void {
    locking.release(handle).catch((error: unknown) => {
      this.errorCount += 1;
      this.#onBroken(handle.key, error);
    });
  }
}

function claimKey({ key, scheduledAtMs, recoveryOf }: LockRequest): string {
  return recoveryOf === undefined ? `${key}@${scheduledAtMs}` : `${key}@${scheduledAtMs}#${recoveryOf}`;
}
