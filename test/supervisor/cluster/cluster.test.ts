import { describe, expect, test } from 'vitest';
import { MemoryLocking, MemoryLocks } from '../../../src/backends/memory/memory-locking.ts';
import { Cluster } from '../../../src/supervisor/cluster/cluster.ts';
import type { LockingPlugin, NodeSign, Roster } from '../../../src/supervisor/ports/locking.ts';
import type { SchedulerWarning } from '../../../src/supervisor/scheduler-reports.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

function node(nodeId: string, parts: { clock: VirtualClock; locking: LockingPlugin | null }) {
  const warnings: SchedulerWarning[] = [];
  const errors: unknown[] = [];
  const cluster = new Cluster({
    ...parts,
    nodeId,
    warn: (warning) => warnings.push(warning),
    onBroken: (error) => errors.push(error),
  });
  return { cluster, warnings, errors };
}

const reading = (nowMs: number, askedAtMs: number, answeredAtMs = askedAtMs) => ({ nowMs, askedAtMs, answeredAtMs });

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
    cluster.observed(['a', 'b'], reading(0, 0));
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
    const { cluster, errors } = node('a', { clock, locking });
    cluster.start();
    await clock.settle();
    expect([cluster.nodeIds, cluster.skewMs, errors.length]).toEqual([['a'], null, 1]);
    await cluster.close();
  });

  test('tells once of a clock that is far off, and again when it was right meanwhile', () => {
    const { cluster, warnings } = node('a', { clock: new VirtualClock(), locking: null });
    cluster.observed(['a'], reading(10_000, 4_000));
    cluster.observed(['a'], reading(11_000, 5_000));
    expect(warnings).toMatchObject([{ code: 'clock-skewed', message: expect.stringContaining('6.0 s behind') }]);
    expect(cluster.skewMs).toBe(-6_000);
    cluster.observed(['a'], reading(11_000, 11_000));
    cluster.observed(['a'], reading(11_000, 17_000));
    expect(warnings.length).toBe(2);
    expect(warnings[1]?.message).toContain('6.0 s ahead of');
  });

  test('does not take a slow answer for a clock that is off', () => {
    const { cluster, warnings } = node('a', { clock: new VirtualClock(), locking: null });
    cluster.observed(['a'], reading(12_000, 2_000, 12_500));
    expect(warnings).toEqual([]);
  });
});
