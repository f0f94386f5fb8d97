import { describe, expect, test } from 'vitest';
import { LeaseKeeper } from '../../../src/supervisor/locking/lease-keeper.ts';
import type { LockingPlugin } from '../../../src/supervisor/ports/locking.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

const TTL_MS = 15_000;
const handle = { key: 'p/s', lockId: '1', ttlMs: TTL_MS };

function keeping(renew: (clock: VirtualClock) => Promise<boolean>) {
  const clock = new VirtualClock();
  const keeper = new LeaseKeeper(clock);
  const seen = { lost: 0, renewals: 0 };
  const locking: LockingPlugin = {
    name: 'scripted',
    tryLock: async () => handle,
    renew: () => {
      seen.renewals += 1;
      return renew(clock);
    },
    release: async () => {},
  };
  const onLost = (): void => {
    seen.lost += 1;
  };
  keeper.keep(locking, { handle, requestedAtMs: clock.monotonicMs(), renewedTtlMs: TTL_MS }, onLost);
  return { clock, keeper, seen };
}

const answerAfter = (clock: VirtualClock, delayMs: number, answer: boolean): Promise<boolean> =>
  new Promise((resolve) => clock.sleep(delayMs, () => resolve(answer)));

describe('LeaseKeeper', () => {
  test('renews at a third of the ttl, for as long as the run lasts', async () => {
    const { clock, keeper, seen } = keeping(async () => true);
    await clock.advance(60_000);
    expect(seen).toEqual({ lost: 0, renewals: 12 });
    expect(keeper.isTrusted('p/s')).toBe(true);
    expect(keeper.release('p/s')).toMatchObject({ handle, expiredAtMs: 60_000 + TTL_MS });
    await clock.advance(60_000);
    expect(seen.renewals).toBe(12);
    expect(clock.sleeperCount).toBe(0);
  });

  test('loses a lock whose renewal is refused', async () => {
    const { clock, keeper, seen } = keeping(async () => false);
    await clock.advance(TTL_MS / 3);
    expect(seen.lost).toBe(1);
    expect(keeper.release('p/s')).toBeUndefined();
  });

  test('tries a failed renewal again, and loses the lock before the backend may give it away', async () => {
    const { clock, seen } = keeping(async () => Promise.reject(new Error('away')));
    await clock.advance(0.9 * TTL_MS - 1);
    expect(seen.lost).toBe(0);
    expect(seen.renewals).toBeGreaterThan(1);
    await clock.advance(1);
    expect(seen.lost).toBe(1);
  });

  test('does not wait longer than that for a backend that does not answer', async () => {
    const { clock, seen } = keeping(() => new Promise(() => {}));
    await clock.advance(0.9 * TTL_MS);
    expect(seen).toEqual({ lost: 1, renewals: 1 });
  });

  test('does not trust a slow success beyond a ttl from when it was asked for', async () => {
    const { clock, keeper } = keeping((now) => answerAfter(now, 8_000, true));
    // Asked at 5 s, granted at 13 s: trusted until 5 s + 0.9 ttl, and not 13 s + 0.9 ttl.
    await clock.advance(13_000);
    expect(keeper.isTrusted('p/s')).toBe(true);
    clock.suspend(5_000 + 0.9 * TTL_MS - 13_000);
    expect(keeper.isTrusted('p/s')).toBe(false);
  });

  test.each([true, false])('does nothing about a lock released while its renewal is asked for (%s)', async (isOurs) => {
    const { clock, keeper, seen } = keeping((now) => answerAfter(now, 1_000, isOurs));
    await clock.advance(TTL_MS / 3);
    keeper.release('p/s');
    await clock.advance(TTL_MS);
    expect(seen).toEqual({ lost: 0, renewals: 1 });
    expect(clock.sleeperCount).toBe(0);
  });

  test('does not mistake the answer about a released lock for one about the next of the same key', async () => {
    const { clock, keeper, seen } = keeping((now) => answerAfter(now, 1_000, false));
    await clock.advance(TTL_MS / 3);
    keeper.release('p/s');
    const next = { ...handle, lockId: '2' };
    const renewer = { renew: async () => true };
    keeper.keep(renewer, { handle: next, requestedAtMs: clock.monotonicMs(), renewedTtlMs: TTL_MS }, () => {
      seen.lost += 1;
    });
    await clock.advance(TTL_MS);
    expect(seen.lost).toBe(0);
    expect(keeper.release('p/s')?.handle).toBe(next);
  });

  test('knows after a suspension that nothing can be trusted', () => {
    const { clock, keeper } = keeping(async () => true);
    clock.suspend(TTL_MS);
    expect(keeper.isTrusted('p/s')).toBe(false);
  });
});
