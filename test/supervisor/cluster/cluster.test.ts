import { describe, expect, test } from 'vitest';
import { MemoryLocking, MemoryLocks } from '../../../src/backends/memory/memory-locking.ts';
import type { ClockReading } from '../../../src/machines/cluster-time/clock-offset.ts';
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
});
