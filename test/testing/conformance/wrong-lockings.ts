/** Lock backends that are each wrong in one way, built on the right one. */

import { MemoryLocking, MemoryLocks } from '../../../src/backends/memory/memory-locking.ts';
import type { LockHandle, LockingPlugin } from '../../../src/supervisor/ports/locking.ts';
import type { VirtualClock } from '../../../src/testing/virtual-clock.ts';

/** Makes nodes that share locks and are all wrong in the same way. */
export type WrongLocking = (clock: VirtualClock) => () => LockingPlugin;

/** The right backend without its optional calls, with some of its calls replaced. */
function plain(right: MemoryLocking, wrong: Partial<LockingPlugin>): LockingPlugin {
  return {
    name: 'wrong',
    tryLock: (key, ttlMs) => right.tryLock(key, ttlMs),
    renew: (handle) => right.renew(handle),
    release: (handle) => right.release(handle),
    ...wrong,
  };
}

const each =
  (wrong: (right: MemoryLocking, locks: MemoryLocks, clock: VirtualClock) => Partial<LockingPlugin>): WrongLocking =>
  (clock) => {
    const locks = new MemoryLocks();
    return () => {
      const right = new MemoryLocking(clock, locks);
      return plain(right, wrong(right, locks, clock));
    };
  };

/** The group of every node that ever announced one. */
const everNamed: Record<string, string> = {};

/** By what is wrong; `said` matches the complaint of the kit. */
export const WRONG_LOCKINGS: Readonly<Record<string, readonly [wrong: WrongLocking, said: RegExp]>> = {
  'gives every node a lock of its own': [
    (clock) => () => new MemoryLocking(clock, new MemoryLocks()),
    /a second node gets a lock that is held/,
  ],
  'releases whatever holds the key': [
    each((_right, locks) => ({ release: async ({ key }) => void locks.held.delete(key) })),
    /releases that of its new holder|releases its newer lock/,
  ],
  'revives an expired lock by its renewal': [
    each((right, locks, clock) => ({
      renew: async (handle) => {
        const held = locks.held.get(handle.key);
        if (held?.lockId !== handle.lockId) return false;
        locks.held.set(handle.key, { ...held, expiresAtMs: clock.monotonicMs() + handle.ttlMs });
        return right.renew(handle);
      },
    })),
    /revived by its renewal/,
  ],
  'never lets a lock expire': [
    each((right) => ({ tryLock: (key) => right.tryLock(key, Number.MAX_SAFE_INTEGER).then((got) => withTtl(got)) })),
    /held after its ttl|another ttl/,
  ],
  'reports contention as an error': [
    each((right) => ({
      tryLock: async (key, ttlMs) => {
        const handle = await right.tryLock(key, ttlMs);
        if (handle === null) throw new Error('locked');
        return handle;
      },
    })),
    /contention is reported by a rejection/,
  ],
  'counts fencing tokens by node': [
    each((right) => {
      let count = 0;
      return {
        tryLock: async (key, ttlMs) => {
          const handle = await right.tryLock(key, ttlMs);
          count += 1;
          return handle && { ...handle, fencingToken: String(count) };
        },
      };
    }),
    /tokens do not grow/,
  ],
  'uses one lock id for each node': [
    each((right) => ({
      tryLock: async (key, ttlMs) => {
        const handle = await right.tryLock(key, ttlMs);
        return handle && { ...handle, lockId: 'mine' };
      },
    })),
    /two acquisitions have the same lock id|still held/,
  ],
  'pretends to renew': [each(() => ({ renew: async () => true })), /ends with the ttl of its acquisition|revived/],
  'confuses keys that begin alike': [
    each((right) => ({ tryLock: (key, ttlMs) => right.tryLock(key.slice(0, 20), ttlMs) })),
    /holds another key, too|for another key/,
  ],
  'has two clocks': [
    each((right, _locks, clock) => ({
      readClock: async () => clock.nowMs(),
      announce: async (sign) => ({ ...(await right.announce(sign)), nowMs: clock.nowMs() - 60_000 }),
    })),
    /answers that follow each other have times that do not/,
  ],
  'loses the keys of groups': [
    each((right) => ({ announce: (sign) => right.announce(sign), readGroup: async () => null })),
    /keys of a group are not those that were sent/,
  ],
  'never forgets a group': [
    each((right) => ({
      announce: async (sign) => {
        if (sign.group) everNamed[sign.nodeId] = sign.group.id;
        return { ...(await right.announce(sign)), groups: { ...everNamed } };
      },
      readGroup: (id) => right.readGroup(id),
    })),
    /group of a node that is gone stays/,
  ],
  'takes part of an attempt': [
    (clock) => {
      const locks = new MemoryLocks();
      return () => {
        const right = new MemoryLocking(clock, locks);
        return {
          ...plain(right, {}),
          exchange: async ({ releases, renewals, attempts }) => {
            for (const handle of releases) await right.release(handle);
            const renewed = await Promise.all(renewals.map((handle) => right.renew(handle)));
            const taken: (LockHandle[] | null)[] = [];
            for (const { locks: wanted } of attempts) {
              const handles = await Promise.all(wanted.map(({ key, ttlMs }) => right.tryLock(key, ttlMs)));
              taken.push(handles.includes(null) ? null : (handles as LockHandle[]));
            }
            return { renewals: renewed, attempts: taken };
          },
        };
      };
    },
    /keeps some of its locks/,
  ],
};

function withTtl(handle: LockHandle | null): LockHandle | null {
  return handle && { ...handle, ttlMs: 60_000 };
}
