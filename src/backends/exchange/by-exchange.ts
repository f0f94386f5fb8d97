import type {
  LockAnswers,
  LockExchange,
  LockHandle,
  LockingPlugin,
  NodeSign,
  Roster,
} from '../../supervisor/ports/locking.ts';

/** Turns the calls for a single lock into exchanges, for a backend whose every call is an exchange. */
export abstract class LockingByExchange implements LockingPlugin {
  abstract readonly name: string;

  abstract exchange(request: LockExchange): Promise<LockAnswers>;
  abstract announce(sign: NodeSign): Promise<Roster>;
  abstract readGroup(id: string): Promise<readonly string[] | null>;
  abstract cleanup(): Promise<void>;

  async tryLock(key: string, ttlMs: number): Promise<LockHandle | null> {
    const { attempts } = await this.exchange({ releases: [], renewals: [], attempts: [{ locks: [{ key, ttlMs }] }] });
    return attempts[0]?.[0] ?? null;
  }

  async renew(handle: LockHandle): Promise<boolean> {
    const { renewals } = await this.exchange({ releases: [], renewals: [handle], attempts: [] });
    return renewals[0] ?? false;
  }

  async release(handle: LockHandle): Promise<void> {
    await this.exchange({ releases: [handle], renewals: [], attempts: [] });
  }
}
