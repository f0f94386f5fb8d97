import { describe, expect, test } from 'vitest';
import { MemoryLocking } from '../../../src/backends/memory/memory-locking.ts';
import { LockChannel } from '../../../src/supervisor/locking/lock-channel.ts';
import { pause } from '../../../src/supervisor/ports/clock.ts';
import type { LockingPlugin } from '../../../src/supervisor/ports/locking.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

const TTL_MS = 15_000;
const RETRY_MS = 250;
const SCHEDULES = 20;

/** A node whose lock backend can be away. */
function node() {
  const clock = new VirtualClock();
  const memory = new MemoryLocking(clock);
  const backend = { isAway: false, calls: 0 };
  const locking: LockingPlugin = {
    name: 'mortal',
    tryLock: (key, ttlMs) => memory.tryLock(key, ttlMs),
    renew: (handle) => memory.renew(handle),
    release: (handle) => memory.release(handle),
    exchange: (request) => {
      backend.calls += 1;
      return backend.isAway ? Promise.reject(new Error('away')) : memory.exchange(request);
    },
  };
  const channel = new LockChannel(clock, locking, { failed: () => {}, measured: () => {} });
  const take = (key: string) => channel.take({ locks: [{ key, ttlMs: TTL_MS }] });
  return { clock, channel, backend, take };
}

/** Asks until it is answered, as an acquisition does, and resolves to when that was. */
async function takenAtMs({ clock, take }: ReturnType<typeof node>, key: string, fromMs: number): Promise<number> {
  await pause(clock, fromMs);
  for (;;) {
    try {
      await take(key);
      return clock.monotonicMs();
    } catch {
      await pause(clock, RETRY_MS);
    }
  }
}

describe('a backend that is away', () => {
  test('gets four calls a second however many schedules ask, and each goes on as soon as if it asked alone', async () => {
    const asking = node();
    const { clock, backend, channel } = asking;
    backend.isAway = true;
    const taken = Array.from({ length: SCHEDULES }, (_, index) => takenAtMs(asking, `k${index}`, 7 * index));
    await clock.advance(2_000);
    backend.calls = 0;
    await clock.advance(10_000);
    expect(backend.calls).toBe(40);
    backend.isAway = false;
    const backAtMs = clock.monotonicMs();
    const latestMs = Math.max(...(await clock.advanceUntil(Promise.all(taken)))) - backAtMs;
    expect(latestMs).toBeLessThanOrEqual(RETRY_MS);
    await channel.close();
    expect(clock.sleeperCount).toBe(0);
  });

  test('is called at once again after a single failure, and after an answer', async () => {
    const { clock, backend, take } = node();
    const fail = async (key: string): Promise<void> => {
      backend.isAway = true;
      await expect(clock.advanceUntil(take(key))).rejects.toThrow('away');
      backend.isAway = false;
    };
    await fail('a');
    await clock.advanceUntil(take('b'));
    await fail('c');
    await clock.advanceUntil(take('d'));
    expect([clock.monotonicMs(), backend.calls]).toEqual([0, 4]);
  });

  test('is asked for all that waits when the channel is closed', async () => {
    const { clock, backend, channel, take } = node();
    backend.isAway = true;
    for (const key of ['a', 'b']) await expect(clock.advanceUntil(take(key))).rejects.toThrow('away');
    const waiting = expect(take('c')).rejects.toThrow('away');
    await clock.settle();
    expect(backend.calls).toBe(2);
    await channel.close();
    await waiting;
    expect([clock.monotonicMs(), backend.calls, clock.sleeperCount]).toEqual([0, 3, 0]);
  });
});
