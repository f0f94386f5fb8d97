import type { Clock } from '../clock.ts';
import type { LockHandle, LockingPlugin } from '../locking.ts';

interface Held {
  readonly lockId: string;
  readonly expiresAtMs: number;
}

/** Where the locks of one backend live. Nodes that share an instance exclude each other. */
export class MemoryLocks {
  readonly held = new Map<string, Held>();
  /** One counter for all keys: it grows with every acquisition of each. */
  lastToken = 0n;
}

/**
 * Locks for the supervisors of one process: what tests, simulations and a single node need. Expiry goes by the clock of
 * the backend, which is the one given here.
 */
export class MemoryLocking implements LockingPlugin {
  readonly name = 'memory';
  readonly #clock: Clock;
  readonly #locks: MemoryLocks;

  constructor(clock: Clock, locks: MemoryLocks = new MemoryLocks()) {
    this.#clock = clock;
    this.#locks = locks;
  }

  tryLock(key: string, ttlMs: number): Promise<LockHandle | null> {
    const nowMs = this.#clock.monotonicMs();
    this.#dropExpired(nowMs);
    const holder = this.#locks.held.get(key);
    if (holder !== undefined && holder.expiresAtMs > nowMs) return Promise.resolve(null);
    this.#locks.lastToken += 1n;
    const lockId = String(this.#locks.lastToken);
    this.#hold(key, { lockId, expiresAtMs: nowMs + ttlMs });
    return Promise.resolve({ key, lockId, ttlMs, fencingToken: lockId });
  }

  renew({ key, lockId, ttlMs }: LockHandle): Promise<boolean> {
    const nowMs = this.#clock.monotonicMs();
    const held = this.#locks.held.get(key);
    if (held === undefined || held.lockId !== lockId || held.expiresAtMs <= nowMs) return Promise.resolve(false);
    this.#hold(key, { lockId, expiresAtMs: nowMs + ttlMs });
    return Promise.resolve(true);
  }

  release({ key, lockId }: LockHandle): Promise<void> {
    if (this.#locks.held.get(key)?.lockId === lockId) this.#locks.held.delete(key);
    return Promise.resolve();
  }

  /** Newest last, so that expired entries gather at the front. */
  #hold(key: string, held: Held): void {
    this.#locks.held.delete(key);
    this.#locks.held.set(key, held);
  }

  /** Occurrence claims are never released but left to expire: unswept they would be kept for ever. */
  #dropExpired(nowMs: number): void {
    for (const [key, held] of this.#locks.held) {
      if (held.expiresAtMs > nowMs) return;
      this.#locks.held.delete(key);
    }
  }
}
