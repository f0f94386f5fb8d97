import { describe, expect, test } from 'vitest';
import { type Grant, Locker } from '../../../src/supervisor/locking/locker.ts';
import type { LockingPlugin } from '../../../src/supervisor/ports/locking.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

const REQUEST = { key: 'p/s', scheduledAtMs: 0, hint: 'require-global' } as const;

function lockerWith(locking: LockingPlugin | null) {
  const clock = new VirtualClock();
  return { clock, locker: new Locker({ clock, locking, claimsInStore: false, onBroken: () => {} }) };
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
});
