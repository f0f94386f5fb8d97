import { describe, expect, test } from 'vitest';
import { Locker } from '../../../src/supervisor/locking/locker.ts';
import type { LockingPlugin } from '../../../src/supervisor/ports/locking.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

function lockerWith(locking: LockingPlugin | null) {
  const clock = new VirtualClock();
  return { clock, locker: new Locker({ clock, locking, claimsInStore: false, onBroken: () => {} }) };
}

describe('Locker', () => {
  test('gives back nothing for a key whose lock it has not, or has lost', async () => {
    const released: string[] = [];
    const { clock, locker } = lockerWith({
      name: 'scripted',
      tryLock: async (key, ttlMs) => ({ key, lockId: '1', ttlMs }),
      renew: async () => false,
      release: async ({ key }) => void released.push(key),
    });
    locker.release('p/s', 0);
    let lostCount = 0;
    const onLost = (): void => {
      lostCount += 1;
    };
    await clock.advanceUntil(locker.acquire({ key: 'p/s', scheduledAtMs: 0, hint: 'require-global', onLost }));
    expect(locker.isHeld('p/s')).toBe(true);
    await clock.advance(6_000);
    locker.release('p/s', 0);
    await clock.advance(6_000);
    expect({ released, lostCount, isHeld: locker.isHeld('p/s') }).toEqual({
      released: [],
      lostCount: 1,
      isHeld: false,
    });
  });

  test('has nothing to tell where there is no backend', () => {
    expect(lockerWith(null).locker.stats()).toEqual({ name: null, held: 0, errors: 0, roundTrips: 0 });
  });
});
