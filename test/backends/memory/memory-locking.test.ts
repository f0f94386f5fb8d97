import { describe, expect, test } from 'vitest';
import { MemoryLocking, MemoryLocks } from '../../../src/backends/memory/memory-locking.ts';
import type { LockHandle } from '../../../src/supervisor/ports/locking.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

function twoNodes() {
  const clock = new VirtualClock();
  const locks = new MemoryLocks();
  return { clock, locks, a: new MemoryLocking(clock, locks), b: new MemoryLocking(clock, locks) };
}

const granted = async (lock: Promise<LockHandle | null>): Promise<LockHandle> => {
  const handle = await lock;
  expect(handle).not.toBeNull();
  return handle as LockHandle;
};

describe('MemoryLocking', () => {
  test('gives a key to one node only, until it is released', async () => {
    const { a, b } = twoNodes();
    const handle = await granted(a.tryLock('k', 1_000));
    expect(await b.tryLock('k', 1_000)).toBeNull();
    await a.release(handle);
    expect(await b.tryLock('k', 1_000)).not.toBeNull();
  });

  test('lets a lock expire, after which its holder can neither renew nor release it', async () => {
    const { clock, a, b } = twoNodes();
    const stale = await granted(a.tryLock('k', 1_000));
    await clock.advance(1_000);
    const fresh = await granted(b.tryLock('k', 1_000));
    expect(await a.renew(stale)).toBe(false);
    await a.release(stale);
    expect(await b.renew(fresh)).toBe(true);
  });

  test('extends a lock that is renewed in time', async () => {
    const { clock, a, b } = twoNodes();
    const handle = await granted(a.tryLock('k', 1_000));
    await clock.advance(900);
    expect(await a.renew(handle)).toBe(true);
    await clock.advance(900);
    expect(await b.tryLock('k', 1_000)).toBeNull();
  });

  test('hands out a fencing token that grows with every acquisition', async () => {
    const { a, b } = twoNodes();
    const first = await granted(a.tryLock('k', 1_000));
    await a.release(first);
    const second = await granted(b.tryLock('k', 1_000));
    expect(BigInt(second.fencingToken as string)).toBeGreaterThan(BigInt(first.fencingToken as string));
    expect(second.lockId).not.toBe(first.lockId);
  });

  test('forgets claims that have expired', async () => {
    const { clock, locks, a } = twoNodes();
    for (let index = 0; index < 1_000; index++) {
      await a.tryLock(`k@${index}`, 1_000);
      await clock.advance(10);
    }
    expect(locks.held.size).toBeLessThanOrEqual(101);
  });
});
