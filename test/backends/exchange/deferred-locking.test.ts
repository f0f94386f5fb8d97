import { describe, expect, test } from 'vitest';
import { DeferredLocking, type ServerLocks } from '../../../src/backends/exchange/deferred-locking.ts';
import { MemoryLocking } from '../../../src/backends/memory/memory-locking.ts';
import type { LockListener } from '../../../src/supervisor/ports/locking.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

type Attempt = PromiseWithResolvers<ServerLocks>;

/** Locks whose attempts to open end when the test says so. */
function deferred() {
  const clock = new VirtualClock();
  const attempts: Attempt[] = [];
  const locking = new DeferredLocking('redis', clock, () => {
    const attempt = Promise.withResolvers<ServerLocks>();
    attempts.push(attempt);
    return attempt.promise;
  });
  return { clock, attempts, locking };
}

function locksOf(clock: VirtualClock) {
  const calls: string[] = [];
  const listeners: LockListener[] = [];
  const locks = new MemoryLocking(clock) as unknown as ServerLocks;
  const warnings = [{ code: 'lock-backend-evicts', message: 'keys may go' }];
  const more = {
    warnings,
    readClock: async () => 5,
    listen: (listener: LockListener) => void listeners.push(listener),
    cleanup: async () => void calls.push('cleanup'),
  };
  return { locks: Object.assign(locks, more), calls, listeners };
}

describe('DeferredLocking', () => {
  test('is what it opens, once that is open', async () => {
    const { clock, attempts, locking } = deferred();
    const { locks, calls, listeners } = locksOf(clock);
    const listener = { heard: () => {}, hearing: () => {} };
    locking.listen(listener);
    expect(locking.warnings).toEqual([]);
    const taken = locking.tryLock('p/s', 1_000);
    attempts[0]?.resolve(locks);
    await locking.whenOpen;
    expect(await taken).toMatchObject({ key: 'p/s', ttlMs: 1_000 });
    expect(await locking.tryLock('p/s', 1_000)).toBeNull();
    expect((await locking.announce({ nodeId: 'a', ttlMs: 1_000 })).nodeIds).toEqual(['a']);
    expect(await locking.readClock()).toBe(5);
    expect(await locking.readGroup('none')).toBeNull();
    expect([listeners, locking.warnings]).toEqual([[listener], locks.warnings]);
    await locking.cleanup();
    expect([calls, attempts.length, clock.sleeperCount]).toEqual([['cleanup'], 1, 0]);
  });

  test('rejects calls while it cannot be opened, and is opened anew by the calls, once a second', async () => {
    const { clock, attempts, locking } = deferred();
    const refusal = new Error('connect ECONNREFUSED');
    attempts[0]?.reject(refusal);
    await expect(locking.opened).rejects.toBe(refusal);
    await expect(locking.readClock()).rejects.toBe(refusal);
    await clock.advance(999);
    await expect(locking.readClock()).rejects.toBe(refusal);
    expect(attempts).toHaveLength(1);
    await clock.advance(1);
    // Nobody waits for an attempt after the first: a server that is silent would hold up every run.
    await expect(locking.readClock()).rejects.toBe(refusal);
    await clock.advance(5_000);
    await expect(locking.readClock()).rejects.toBe(refusal);
    expect(attempts).toHaveLength(2);
    const { locks } = locksOf(clock);
    attempts[1]?.resolve(locks);
    await locking.whenOpen;
    expect(await locking.readClock()).toBe(5);
    expect(attempts).toHaveLength(2);
  });

  test('lets a call wait only for a moment, and a farewell not at all', async () => {
    const { clock, attempts, locking } = deferred();
    await expect(locking.announce({ nodeId: 'a', ttlMs: 0 })).rejects.toThrow('not open');
    const refused = expect(locking.readClock()).rejects.toThrow('lock backend "redis" did not answer for 3 s');
    await clock.advance(3_000);
    await refused;
    expect(attempts).toHaveLength(1);
  });

  test('that was closed closes what opens later, and opens no more', async () => {
    const { clock, attempts, locking } = deferred();
    const { locks, calls } = locksOf(clock);
    const waiting = expect(locking.readClock()).rejects.toThrow('closed');
    await locking.cleanup();
    await waiting;
    attempts[0]?.resolve(locks);
    await expect(locking.opened).rejects.toThrow('closed');
    await clock.advance(5_000);
    await expect(locking.readClock()).rejects.toThrow('closed');
    expect([calls, attempts.length]).toEqual([['cleanup'], 1]);
  });
});
