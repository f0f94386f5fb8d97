import { describe, expect, onTestFinished, test } from 'vitest';
import { MemoryLocking, MemoryLocks } from '../../../src/backends/memory/memory-locking.ts';
import type { ClockReading } from '../../../src/machines/cluster-time/clock-offset.ts';
import { MAX_GROUP_KEYS } from '../../../src/supervisor/cluster/announcer.ts';
import { Cluster } from '../../../src/supervisor/cluster/cluster.ts';
import { pause } from '../../../src/supervisor/ports/clock.ts';
import type { LockingPlugin, NodeSign, Roster } from '../../../src/supervisor/ports/locking.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

function node(nodeId: string, parts: { clock: VirtualClock; locking: LockingPlugin | null }) {
  const readings: ClockReading[] = [];
  const errors: unknown[] = [];
  const cluster = new Cluster({
    ...parts,
    nodeId,
    measured: (reading) => readings.push(reading),
    onBroken: (error) => errors.push(error),
  });
  return { cluster, readings, errors };
}

/** A backend with the methods as its own. */
function wrapped(locking: MemoryLocking): LockingPlugin {
  return {
    name: locking.name,
    tryLock: (key, ttlMs) => locking.tryLock(key, ttlMs),
    renew: (handle) => locking.renew(handle),
    release: (handle) => locking.release(handle),
    announce: (sign) => locking.announce(sign),
    readGroup: (id) => locking.readGroup(id),
  };
}

describe('Cluster', () => {
  test('learns of the other nodes through the lock backend, and forgets those that are gone', async () => {
    const clock = new VirtualClock();
    const locks = new MemoryLocks();
    const a = node('a', { clock, locking: new MemoryLocking(clock, locks) });
    const b = node('b', { clock, locking: new MemoryLocking(clock, locks) });
    expect(a.cluster.nodeIds).toEqual(['a']);
    a.cluster.start();
    b.cluster.start();
    await clock.advance(6_000);
    expect([...a.cluster.nodeIds].sort()).toEqual(['a', 'b']);
    await b.cluster.close();
    await clock.advance(6_000);
    expect(a.cluster.nodeIds).toEqual(['a']);
    await a.cluster.close();
    expect(clock.sleeperCount).toBe(0);
  });

  test('finds out nodes of the first release, which ask only once for a lock', async () => {
    const clock = new VirtualClock();
    const locks = new MemoryLocks();
    const ownGroup = () => ({ id: 'group', size: 1, keys: () => ['p/s'] });
    const members = ['a', 'b'].map(
      (nodeId) => new Cluster({ clock, nodeId, locking: new MemoryLocking(clock, locks), ownGroup }),
    );
    for (const member of members) member.start();
    await clock.advance(6_000);
    expect(members.map((member) => member.askAgain())).toEqual([true, true]);
    const first = new MemoryLocking(clock, locks);
    await first.announce({ nodeId: 'first release', ttlMs: 15_000 });
    await clock.advance(12_000);
    expect(members.map((member) => [...member.nodeIds].sort())).toEqual(Array(2).fill(['a', 'b', 'first release']));
    expect(members.map((member) => member.askAgain())).toEqual([false, false]);
    await first.announce({ nodeId: 'first release', ttlMs: 0 });
    await clock.advance(12_000);
    expect(members.map((member) => member.askAgain())).toEqual([true, true]);
    for (const member of members) await member.close();
  });

  test('takes every node of a backend without groups for one that asks again', async () => {
    const clock = new VirtualClock();
    const { readGroup: _, ...locking } = wrapped(new MemoryLocking(clock));
    const { cluster } = node('a', { clock, locking });
    cluster.start();
    await locking.announce?.({ nodeId: 'b', ttlMs: 60_000 });
    await clock.advance(6_000);
    expect([cluster.nodeIds.length, cluster.askAgain()]).toEqual([2, true]);
    await cluster.close();
  });

  test('gives no sign of life by itself while its exchanges have one, and one after ten seconds without', async () => {
    const clock = new VirtualClock();
    const locking = new MemoryLocking(clock);
    const signs: NodeSign[] = [];
    const announce = locking.announce.bind(locking);
    locking.announce = (sign) => {
      signs.push(sign);
      return announce(sign);
    };
    const { cluster } = node('a', { clock, locking });
    cluster.start();
    await clock.advance(20_000);
    signs.length = 0;
    for (let second = 0; second < 60; second += 1) {
      const sign = cluster.sign();
      if (sign !== null) {
        const reply = await locking.exchange({ releases: [], renewals: [], attempts: [], sign });
        cluster.signed(reply, clock.nowMs());
      }
      await clock.advance(1_000);
    }
    expect(signs).toEqual([]);
    await clock.advance(60_000);
    expect(signs).toHaveLength(6);
    await cluster.close();
    expect(cluster.sign()).toBeNull();
  });

  test('gives a sign by itself when the backend does not heed the one in an exchange, or answers it wrongly', async () => {
    const clock = new VirtualClock();
    const { cluster, errors } = node('a', { clock, locking: new MemoryLocking(clock) });
    cluster.start();
    await clock.advance(5_000);
    cluster.signed({ renewals: [], attempts: [] }, 5_000);
    await clock.settle();
    expect(errors).toEqual([]);
    cluster.signed({ roster: { nodeIds: ['b'] } }, 5_000);
    await clock.settle();
    expect(errors).toHaveLength(1);
    expect(cluster.nodeIds).toEqual(['a']);
    await cluster.close();
  });

  test('has the first turn always while it knows of nobody else', () => {
    const { cluster } = node('a', { clock: new VirtualClock(), locking: null });
    cluster.start();
    expect(cluster.turnDelayMs('p/s', 1_000, 1_000)).toBe(0);
    cluster.observed(['a', 'b'], { nowMs: 0, askedAtMonotonicMs: 0, answeredAtMonotonicMs: 0 });
    const delays = Array.from({ length: 40 }, (_, index) => cluster.turnDelayMs('p/s', index, index));
    expect(delays.some((delayMs) => delayMs === 0)).toBe(true);
    expect(delays.some((delayMs) => delayMs > 0)).toBe(true);
  });

  test('stops in bounded time, also when the backend does not answer', async () => {
    const clock = new VirtualClock();
    const signs: NodeSign[] = [];
    const mute: LockingPlugin = {
      name: 'mute',
      tryLock: async () => null,
      renew: async () => true,
      release: async () => {},
      announce: (sign) => {
        signs.push(sign);
        return new Promise(() => {});
      },
    };
    const { cluster } = node('a', { clock, locking: mute });
    cluster.start();
    const closed = cluster.close();
    await clock.advance(10_000);
    await closed;
    expect(signs).toEqual([
      { nodeId: 'a', ttlMs: 15_000 },
      { nodeId: 'a', ttlMs: 0 },
    ]);
  });

  test.each<[string, (right: Roster) => unknown]>([
    ['nothing', () => undefined],
    ['a text', () => 'OK'],
    ['no ids', ({ nowMs }) => ({ nowMs })],
    ['ids that are no texts', ({ nowMs }) => ({ nowMs, nodeIds: ['a', 5] })],
    ['ids without the node that asks', ({ nowMs }) => ({ nowMs, nodeIds: ['b'] })],
    ['no clock', ({ nodeIds }) => ({ nodeIds })],
    ['groups that are no object', (right) => ({ ...right, groups: 'all', isGroupKnown: true })],
    ['groups that are no texts', (right) => ({ ...right, groups: { a: 1 }, isGroupKnown: true })],
    ['groups, but not whether it knows them', (right) => ({ ...right, groups: {}, isGroupKnown: undefined })],
    ['a clock that is no number', ({ nodeIds }) => ({ nodeIds, nowMs: Number.NaN })],
    [
      'an exception',
      () => {
        throw new Error('thrown');
      },
    ],
  ])('believes no lock backend that answers a sign of life with %s', async (_what, wrong) => {
    const clock = new VirtualClock();
    const memory = new MemoryLocking(clock);
    const locking = Object.assign(new MemoryLocking(clock), {
      announce: async (sign: NodeSign) => wrong(await memory.announce(sign)) as Roster,
    });
    const { cluster, readings, errors } = node('a', { clock, locking });
    cluster.start();
    await clock.settle();
    expect([cluster.nodeIds, readings, errors.length]).toEqual([['a'], [], 1]);
    await cluster.close();
  });

  test('passes on what the lock backend says of the time, between two instants of the monotonic clock', async () => {
    const clock = new VirtualClock();
    const memory = new MemoryLocking(clock);
    const slow = Object.assign(new MemoryLocking(clock), {
      announce: async (sign: NodeSign) => {
        await pause(clock, 40);
        const roster = await memory.announce(sign);
        await pause(clock, 60);
        return roster;
      },
    });
    const { cluster, readings } = node('a', { clock, locking: slow });
    const nowMs = clock.nowMs();
    await clock.advance(5);
    cluster.start();
    await clock.advance(200);
    expect(readings).toEqual([{ nowMs: nowMs + 45, askedAtMonotonicMs: 5, answeredAtMonotonicMs: 105 }]);
    const closed = cluster.close();
    await clock.advance(200);
    await closed;
  });

  test('counts a node as having every schedule while its keys make no sense, and says so once for each answer', async () => {
    const { a, clock, locks, errors } = await pair({ keysOfB: ['p/b'] });
    expect(a.isAloneWith('p/a')).toBe(true);
    expect(a.isAloneWith('p/b')).toBe(false);
    locks.wrong = 5;
    locks.keysOfB = ['p/c'];
    await clock.advance(12_000);
    expect(a.isAloneWith('p/a')).toBe(false);
    expect(errors.length).toBeGreaterThan(0);
    expect(String(errors[0])).toContain('readGroup() must give an array of strings, or null');
    expect([...a.nodeIds].toSorted()).toEqual(['a', 'b']);
    delete locks.wrong;
    await clock.advance(6_000);
    expect(a.isAloneWith('p/a')).toBe(true);
    expect(a.isAloneWith('p/c')).toBe(false);
  });

  test('sends no keys of more schedules than anybody could read', async () => {
    const keysOfB = Array.from({ length: MAX_GROUP_KEYS + 1 }, (_, index) => `p/${index}`);
    const { a, locks } = await pair({ keysOfB });
    expect(locks.sent.map(({ nodeId }) => nodeId)).toEqual(['a']);
    expect(a.isAloneWith('p/a')).toBe(false);
  });
});

/** Two nodes that have announced their schedules; `wrong` is what the backend answers instead of keys. */
async function pair({ keysOfB }: { readonly keysOfB: readonly string[] }) {
  const clock = new VirtualClock();
  const memory = new MemoryLocks();
  const errors: unknown[] = [];
  const locks: { wrong?: unknown; keysOfB: readonly string[]; readonly sent: NodeSign[] } = { keysOfB, sent: [] };
  const started = (nodeId: string, keys: () => readonly string[]): Cluster => {
    const backend = new MemoryLocking(clock, memory);
    const locking = Object.assign(new MemoryLocking(clock, memory), {
      announce: (sign: NodeSign) => {
        if (sign.group?.keys !== undefined) locks.sent.push(sign);
        return backend.announce(sign);
      },
      readGroup: async (id: string) => (locks.wrong ?? (await backend.readGroup(id))) as readonly string[],
    });
    const ownGroup = () => ({ id: keys().join(' '), size: keys().length, keys: () => [...keys()] });
    const cluster = new Cluster({ clock, nodeId, locking, ownGroup, onBroken: (error) => errors.push(error) });
    cluster.start();
    onTestFinished(() => cluster.close());
    return cluster;
  };
  const a = started('a', () => ['p/a']);
  started('b', () => locks.keysOfB);
  await clock.advance(2_000);
  return { a, clock, locks, errors };
}
