import { claimableFromMs } from '../../machines/cluster-time/early-claims.ts';
import { nextToken } from '../../machines/fencing.ts';
import type { Clock } from '../../supervisor/ports/clock.ts';
import type {
  AskedLock,
  LockAnswers,
  LockAttempt,
  LockExchange,
  LockHandle,
  LockingPlugin,
  LockListener,
  LockNews,
  NodeSign,
  Roster,
} from '../../supervisor/ports/locking.ts';
import { MemoryGroups } from './memory-groups.ts';

interface Held {
  readonly lockId: string;
  readonly expiresAtMs: number;
}

/** The state of one backend. Nodes that share an instance exclude each other. */
export class MemoryLocks {
  readonly held = new Map<string, Held>();
  /** The instant until which each node counts as alive. */
  readonly nodes = new Map<string, number>();
  readonly groups = new MemoryGroups();
  /** Grows with every acquisition, whichever key it is for. */
  lastToken = 0;
  /** The last occurrence of each schedule that was claimed. */
  readonly lastClaimed = new Map<string, number>();
  /** The nodes that listen, and how each of them hears what another one says. */
  readonly listeners = new Map<object, (news: LockNews) => void>();
}

/**
 * Locks between the supervisors of one process: for tests, for simulations and for a node that runs alone. The clock
 * given here is the backend's: locks expire by it.
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

  async exchange({ releases, renewals, attempts, isTold = false, sign }: LockExchange): Promise<LockAnswers> {
    for (const handle of releases) void this.release(handle);
    const renewed = Promise.all(renewals.map((handle) => this.renew(handle)));
    const taken = attempts.map((attempt) => this.#take(attempt));
    if (isTold) this.#tell(attempts, taken);
    const roster = sign && this.#announce(sign);
    return { renewals: await renewed, attempts: taken, ...(roster && { roster }) };
  }

  listen({ heard, hearing }: LockListener): void {
    this.#locks.listeners.set(this, (news) => this.#clock.defer(() => heard(news)));
    this.#clock.defer(() => hearing(true));
  }

  async cleanup(): Promise<void> {
    this.#locks.listeners.delete(this);
  }

  async announce(sign: NodeSign): Promise<Roster> {
    return this.#announce(sign);
  }

  #announce({ nodeId, ttlMs, group }: NodeSign): Roster {
    const { nodes, groups } = this.#locks;
    const nowMs = this.#clock.monotonicMs();
    nodes.set(nodeId, nowMs + ttlMs);
    for (const [id, goneAtMs] of nodes) if (goneAtMs <= nowMs) nodes.delete(id);
    const known = groups.announce({ nodeId, ...(group && { group }) }, (id) => nodes.has(id));
    return { nodeIds: [...nodes.keys()], nowMs: this.#clock.nowMs(), ...known };
  }

  async readGroup(id: string): Promise<readonly string[] | null> {
    return this.#locks.groups.keysOf(id);
  }

  #tell(attempts: readonly LockAttempt[], taken: readonly (readonly LockHandle[] | null)[]): void {
    const granted = attempts.filter((_attempt, place) => taken[place] !== null);
    const waiting = attempts.filter(({ isWaiting = false }, place) => isWaiting && taken[place] === null);
    const keysOf = (list: readonly LockAttempt[], isClaim: boolean): string[] =>
      list
        .flatMap(({ locks }) => locks.filter((lock) => (lock.occurrence !== undefined) === isClaim))
        .map(({ key }) => key);
    const news = { claimed: keysOf(granted, true), wanted: keysOf(waiting, false) };
    if (news.claimed.length + news.wanted.length === 0) return;
    for (const [listener, hear] of this.#locks.listeners) if (listener !== this) hear(news);
  }

  #take({ locks }: LockAttempt): LockHandle[] | null {
    const nowMs = this.#clock.monotonicMs();
    this.#dropExpired(nowMs);
    if (locks.some((lock) => this.#isHeld(lock.key, nowMs) || this.#isPast(lock))) return null;
    return locks.map(({ key, ttlMs, occurrence }) => {
      if (occurrence !== undefined) {
        const { of, atMs } = occurrence;
        this.#locks.lastClaimed.set(of, Math.max(this.#lastClaimedMs(of), atMs));
      }
      this.#locks.lastToken = nextToken(this.#locks.lastToken, this.#clock.nowMs());
      const lockId = String(this.#locks.lastToken);
      this.#hold(key, { lockId, expiresAtMs: nowMs + ttlMs });
      return { key, lockId, ttlMs, fencingToken: lockId };
    });
  }

  #isHeld(key: string, nowMs: number): boolean {
    return (this.#locks.held.get(key)?.expiresAtMs ?? 0) > nowMs;
  }

  /** Whether others may have run the occurrence, and its claim has expired since. */
  #isPast({ ttlMs, occurrence }: AskedLock): boolean {
    if (occurrence === undefined) return false;
    const { of, atMs } = occurrence;
    return atMs <= this.#clock.nowMs() - ttlMs && atMs <= this.#lastClaimedMs(of);
  }

  /** What was claimed of the future was claimed before the clock was set back, and does not count. */
  #lastClaimedMs(of: string): number {
    const lastMs = this.#locks.lastClaimed.get(of) ?? Number.NEGATIVE_INFINITY;
    return claimableFromMs(lastMs) <= this.#clock.nowMs() ? lastMs : Number.NEGATIVE_INFINITY;
  }

  /** Moves the key to the end of the map, so that expired entries gather near its beginning. */
  #hold(key: string, held: Held): void {
    this.#locks.held.delete(key);
    this.#locks.held.set(key, held);
  }

  /** Claims of occurrences are never released but left to expire: without this they would be kept for ever. */
  #dropExpired(nowMs: number): void {
    for (const [key, held] of this.#locks.held) {
      if (held.expiresAtMs > nowMs) return;
      this.#locks.held.delete(key);
    }
  }
}
