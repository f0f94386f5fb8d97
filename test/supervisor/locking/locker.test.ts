import { describe, expect, test } from 'vitest';
import { MemoryLocking } from '../../../src/backends/memory/memory-locking.ts';
import { type LockFailure, lockBackendFailed } from '../../../src/supervisor/locking/backend-warnings.ts';
import { type Grant, Locker, UNLOCKED } from '../../../src/supervisor/locking/locker.ts';
import { pause } from '../../../src/supervisor/ports/clock.ts';
import type { LockExchange, LockingPlugin } from '../../../src/supervisor/ports/locking.ts';
import { NodeClock } from '../../../src/testing/node-clock.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

const REQUEST = { key: 'p/s', scheduledAtMs: 0, trigger: 'clock', hint: 'require-global' } as const;

function lockerWith(locking: LockingPlugin | null) {
  const clock = new VirtualClock();
  const failures: LockFailure[] = [];
  const onBroken = (failure: LockFailure) => failures.push(failure);
  return { clock, failures, locker: new Locker({ clock, locking, claimsInStore: false, onBroken }) };
}

/** A locker whose backend grants every lock, and then loses it or not; and what it is given back. */
function granting(isOurs: boolean) {
  const released: string[] = [];
  const { clock, locker } = lockerWith({
    name: 'scripted',
    tryLock: async (key, ttlMs) => ({ key, lockId: '1', ttlMs }),
    renew: async () => isOurs,
    release: async ({ key }) => void released.push(key),
  });
  const seen = { lostCount: 0 };
  const acquire = async (): Promise<void> => {
    const grant = (await clock.advanceUntil(locker.acquire(REQUEST))) as Grant;
    void grant.whenLost?.then(() => {
      seen.lostCount += 1;
    });
  };
  return { clock, locker, released, seen, acquire };
}

describe('Locker', () => {
  test('claims an occurrence that comes again under a key of its own', async () => {
    const clock = new VirtualClock();
    const onBroken = (): void => {};
    const locker = new Locker({ clock, locking: new MemoryLocking(clock), claimsInStore: false, onBroken });
    const isTaken = async (pass?: number): Promise<boolean> => {
      const grant = await clock.advanceUntil(locker.acquire({ ...REQUEST, pass }));
      locker.release('p/s', 0);
      return grant !== null;
    };
    expect([await isTaken(), await isTaken(), await isTaken(2), await isTaken(2), await isTaken(3)]).toEqual([
      true,
      false,
      true,
      false,
      true,
    ]);
  });

  test('gives back nothing for a key whose lock it does not hold, or has lost', async () => {
    const { clock, locker, released, seen, acquire } = granting(false);
    locker.release('p/s', 0);
    await acquire();
    expect([locker.isTrusted('p/s'), locker.stats().held, seen.lostCount]).toEqual([true, 1, 0]);
    await clock.advance(6_000);
    locker.release('p/s', 0);
    await clock.advance(6_000);
    expect({ released, ...seen }).toEqual({ released: [], lostCount: 1 });
    expect([locker.isTrusted('p/s'), locker.stats().held]).toEqual([false, 0]);
  });

  test('gives back all that it took for an occurrence which the answer shows to be of the future', async () => {
    const clock = new VirtualClock();
    const memory = new MemoryLocking(clock);
    const machine = new NodeClock(clock, 60_000);
    const locking = Object.assign(memory, {
      exchange: async (request: LockExchange) => ({
        ...(await MemoryLocking.prototype.exchange.call(memory, request)),
        nowMs: clock.nowMs(),
      }),
    });
    const locker = new Locker({
      clock: machine,
      locking,
      claimsInStore: false,
      onBroken: () => {},
      measured: ({ nowMs }) => {
        machine.skewMs = nowMs - clock.nowMs();
      },
    });
    const request = { ...REQUEST, scheduledAtMs: machine.nowMs() };
    expect(await clock.advanceUntil(locker.acquire(request))).toBe('early');
    await clock.advance(1_000);
    const free = await memory.exchange({
      releases: [],
      renewals: [],
      attempts: [request.key, `${request.key}@${request.scheduledAtMs}`].map((key) => ({ locks: [{ key, ttlMs: 1 }] })),
    });
    expect(free.attempts.map((handles) => handles?.length)).toEqual([1, 1]);
    const manual = await clock.advanceUntil(locker.acquire({ ...request, key: 'p/t', trigger: 'manual' }));
    expect(manual).toMatchObject({ fencingToken: expect.any(String) });
  });

  test('keeps the claim that comes too late for a run which has begun without it, and gives the run lock back', async () => {
    const clock = new VirtualClock();
    const memory = new MemoryLocking(clock);
    const slow: LockingPlugin = {
      name: 'slow',
      exchange: async (request) => {
        await pause(clock, 1_500);
        return memory.exchange(request);
      },
      tryLock: (key, ttlMs) => memory.tryLock(key, ttlMs),
      renew: (handle) => memory.renew(handle),
      release: (handle) => memory.release(handle),
    };
    const locker = new Locker({ clock, locking: slow, claimsInStore: false, onBroken: () => {} });
    const request = { ...REQUEST, scheduledAtMs: clock.nowMs() };
    const grant = await clock.advanceUntil(locker.acquire({ ...request, hint: 'prefer-global' }));
    expect(grant).toEqual(UNLOCKED);
    await clock.advance(5_000);
    const other = new Locker({ clock, locking: memory, claimsInStore: false, onBroken: () => {} });
    expect(await clock.advanceUntil(other.acquire(request))).toBeNull();
    const next = { ...request, scheduledAtMs: request.scheduledAtMs + 1_000 };
    expect(await clock.advanceUntil(other.acquire(next))).not.toBeNull();
  });

  test('says of no lock that it is lost after it was given back', async () => {
    const { clock, locker, released, seen, acquire } = granting(false);
    await acquire();
    locker.release('p/s', 0);
    await clock.advance(60_000);
    expect({ released, ...seen }).toEqual({ released: ['p/s'], lostCount: 0 });
  });

  test('says of no lock that it is lost while it can be renewed', async () => {
    const { clock, locker, seen, acquire } = granting(true);
    await acquire();
    await clock.advance(60_000);
    expect([seen.lostCount, locker.isTrusted('p/s')]).toEqual([0, true]);
    locker.release('p/s', 0);
  });

  test('has no numbers to show where there is no backend, and needs no lock', async () => {
    const { locker } = lockerWith(null);
    expect(locker.stats()).toEqual({ name: null, held: 0, errors: 0, roundTrips: 0 });
    expect(await locker.acquire(REQUEST)).toEqual({ fencingToken: null, whenLost: null });
  });

  test('counts every failure of the backend, and reports when they begin, and every minute', async () => {
    const { clock, failures, locker } = lockerWith({
      name: 'broken',
      tryLock: async () => Promise.reject(new Error('away')),
      renew: async () => true,
      release: async () => {},
    });
    for (let second = 0; second < 90; second++) {
      await expect(clock.advanceUntil(locker.acquire(REQUEST))).rejects.toThrow('away');
      await clock.advance(1_000);
    }
    expect(locker.stats().errors).toBe(90);
    expect(failures).toHaveLength(2);
    expect(lockBackendFailed(locker.name, failures[0] as LockFailure)).toEqual({
      code: 'lock-backend-failed',
      message: 'Lock backend "broken" failed for "p/s": away',
      key: 'p/s',
    });
  });

  test('reports a renewal whose reply is wrong, and loses the lock in time', async () => {
    const { clock, failures, locker } = lockerWith({
      name: 'wrong',
      tryLock: async (key, ttlMs) => ({ key, lockId: '1', ttlMs }),
      renew: async () => 1 as never,
      release: async () => {},
    });
    const grant = (await clock.advanceUntil(locker.acquire(REQUEST))) as Grant;
    await clock.advanceUntil(grant.whenLost as Promise<void>);
    expect(clock.monotonicMs()).toBe(13_500);
    expect(failures).toMatchObject([{ key: 'p/s', error: { message: expect.stringContaining('not 1') } }]);
    expect(locker.stats().errors).toBeGreaterThan(1);
  });

  test.each<[string, LockingPlugin['cleanup'], RegExp]>([
    ['never answers', () => new Promise(() => {}), /"deaf" did not answer for 4 s/],
    [
      'throws',
      () => {
        throw new Error('thrown');
      },
      /thrown/,
    ],
    ['rejects', () => Promise.reject(new Error('rejected')), /rejected/],
  ])('closes in bounded time when cleanup() %s', async (_what, cleanup, said) => {
    const { clock, locker } = lockerWith({
      name: 'deaf',
      tryLock: async () => null,
      renew: async () => true,
      release: async () => {},
      ...(cleanup && { cleanup }),
    });
    await expect(clock.advanceUntil(locker.close())).rejects.toThrow(said);
    expect(clock.sleeperCount).toBe(0);
  });

  test('shows a name even for a backend that has none', () => {
    const { locker } = lockerWith(Object.assign(new MemoryLocking(new VirtualClock()), { name: 5 as never }));
    expect(locker.stats().name).toBe('unnamed');
  });
});
