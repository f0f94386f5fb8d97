import type { AskedLock, LockAttempt, LockHandle, LockingPlugin } from '../ports/locking.ts';
import { grantIn, renewalIn, straysOf } from './lock-replies.ts';

/** How the backend is called. */
export interface BackendCalls {
  /** Calls the backend in bounded time. `late` is given an answer that comes after that. */
  ask(call: () => unknown, late: (reply: unknown) => void): Promise<unknown>;
  /** Never rejects. */
  giveBack(handles: readonly LockHandle[]): Promise<void>;
}

/** The locks of a backend without `exchange`: each is a call of its own, and waits only for the release of the same lock. */
export class SingleLocks {
  readonly #locking: LockingPlugin;
  readonly #calls: BackendCalls;
  /** Releases under way, by key. */
  readonly #releasing = new Map<string, Promise<void>>();

  constructor(locking: LockingPlugin, calls: BackendCalls) {
    this.#locking = locking;
    this.#calls = calls;
  }

  release(handle: LockHandle): void {
    const { key } = handle;
    const released = this.#calls.giveBack([handle]).finally(() => {
      if (this.#releasing.get(key) === released) this.#releasing.delete(key);
    });
    this.#releasing.set(key, released);
  }

  async renew(handle: LockHandle): Promise<boolean> {
    return renewalIn(await this.#calls.ask(() => this.#locking.renew(handle), nothing));
  }

  /** Takes all of the locks, or none: null is contention. */
  async take({ locks }: LockAttempt): Promise<readonly LockHandle[] | null> {
    await Promise.all(locks.map(({ key }) => this.#releasing.get(key)));
    const handles: LockHandle[] = [];
    try {
      for (const lock of locks) {
        const handle = await this.#takeOne(lock);
        if (handle === null) {
          void this.#calls.giveBack(handles);
          return null;
        }
        handles.push(handle);
      }
      return handles;
    } catch (error) {
      void this.#calls.giveBack(handles);
      throw error;
    }
  }

  async #takeOne(lock: AskedLock): Promise<LockHandle | null> {
    const giveBack = (reply: unknown): void => void this.#calls.giveBack(straysOf(reply, lock));
    const reply = await this.#calls.ask(() => this.#locking.tryLock(lock.key, lock.ttlMs), giveBack);
    try {
      return grantIn(reply, lock);
    } catch (error) {
      giveBack(reply);
      throw error;
    }
  }
}

function nothing(): void {}
