import type { Clock } from '../../supervisor/ports/clock.ts';
import type {
  LockAnswers,
  LockAttempt,
  LockExchange,
  LockHandle,
  LockingPlugin,
  NodeSign,
  Roster,
} from '../../supervisor/ports/locking.ts';

interface Held {
  readonly lockId: string;
  readonly expiresAtMs: number;
}

/** Where the locks of one backend live. Nodes that share an instance exclude each other. */
export class MemoryLocks {
  readonly held = new Map<string, Held>();
  /** Until when each node counts for at work. */
  readonly nodes = new Map<string, number>();
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

  async tryLock(key: string, ttlMs: number): Promise<LockHandle | null> {
    return this.#take({ locks: [{ key, ttlMs }] })?.[0] ?? null;
  }

  async renew({ key, lockId, ttlMs }: LockHandle): Promise<boolean> {
    const nowMs = this.#clock.monotonicMs();
    if (!this.#isHeld(key, nowMs) || this.#locks.held.get(key)?.lockId !== lockId) return false;
    this.#hold(key, { lockId, expiresAtMs: nowMs + ttlMs });
    return true;
  }

  async release({ key, lockId }: LockHandle): Promise<void> {
    if (this.#locks.held.get(key)?.lockId === lockId) this.#locks.held.delete(key);
  }

  async exchange({ releases, renewals, attempts }: LockExchange): Promise<LockAnswers> {
    for (const handle of releases) void this.release(handle);
    const renewed = Promise.all(renewals.map((handle) => this.renew(handle)));
    const taken = attempts.map((attempt) => this.#take(attempt));
    return { renewals: await renewed, attempts: taken };
  }

  async announce({ nodeId, ttlMs }: NodeSign): Promise<Roster> {
    const { nodes } = this.#locks;
    const nowMs = this.#clock.monotonicMs();
    nodes.set(nodeId, nowMs + ttlMs);
    for (const [id, goneAtMs] of nodes) if (goneAtMs <= nowMs) nodes.delete(id);
    return { nodeIds: [...nodes.keys()], nowMs: this.#clock.nowMs() };
  }

  #take({ locks }: LockAttempt): LockHandle[] | null {
    const nowMs = this.#clock.monotonicMs();
    this.#dropExpired(nowMs);
    if (locks.some(({ key }) => this.#isHeld(key, nowMs))) return null;
    return locks.map(({ key, ttlMs }) => {
      this.#locks.lastToken += 1n;
      const lockId = String(this.#locks.lastToken);
      this.#hold(key, { lockId, expiresAtMs: nowMs + ttlMs });
      return { key, lockId, ttlMs, fencingToken: lockId };
    });
  }

  #isHeld(key: string, nowMs: number): boolean {
    return (this.#locks.held.get(key)?.expiresAtMs ?? 0) > nowMs;
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
