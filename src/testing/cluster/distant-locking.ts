import { MemoryLocking, type MemoryLocks } from '../../backends/memory/memory-locking.ts';
import type {
  LockAnswers,
  LockExchange,
  LockHandle,
  LockingPlugin,
  LockListener,
  NodeSign,
  Roster,
} from '../../supervisor/ports/locking.ts';
import type { VirtualClock } from '../virtual-clock.ts';
import type { Link } from './link.ts';

/** The lock backend of a virtual cluster as one node reaches it: over a link. Locks expire by the cluster's clock. */
export class DistantLocking implements LockingPlugin {
  readonly name = 'memory';
  readonly #clock: VirtualClock;
  readonly #backend: MemoryLocking;
  readonly #link: Pick<Link, 'call' | 'hear'>;

  constructor(clock: VirtualClock, locks: MemoryLocks, link: Pick<Link, 'call' | 'hear'>) {
    this.#clock = clock;
    this.#backend = new MemoryLocking(clock, locks);
    this.#link = link;
  }

  async tryLock(key: string, ttlMs: number): Promise<LockHandle | null> {
    return this.#link.call(() => this.#backend.tryLock(key, ttlMs));
  }

  async renew(handle: LockHandle): Promise<boolean> {
    return this.#link.call(() => this.#backend.renew(handle));
  }

  async release(handle: LockHandle): Promise<void> {
    return this.#link.call(() => this.#backend.release(handle));
  }

  async exchange(request: LockExchange): Promise<LockAnswers> {
    return this.#link.call(async () => ({ ...(await this.#backend.exchange(request)), nowMs: this.#clock.nowMs() }));
  }

  listen({ heard, hearing }: LockListener): void {
    this.#backend.listen({
      heard: (news) => this.#link.hear(() => heard(news)),
      hearing: (isHearing) => this.#link.hear(() => hearing(isHearing)),
    });
  }

  async cleanup(): Promise<void> {
    return this.#backend.cleanup();
  }

  async announce(sign: NodeSign): Promise<Roster> {
    return this.#link.call(() => this.#backend.announce(sign));
  }

  async readGroup(id: string): Promise<readonly string[] | null> {
    return this.#link.call(() => this.#backend.readGroup(id));
  }

  async readClock(): Promise<number> {
    return this.#link.call(() => this.#clock.nowMs());
  }
}
