import { describe, expect, test } from 'vitest';
import { NodeLease } from '../../../src/supervisor/cluster/node-lease.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

function lease(isShared: boolean) {
  const clock = new VirtualClock();
  const seen = { expired: 0 };
  const held = new NodeLease(clock, isShared, () => {
    seen.expired += 1;
  });
  return { clock, held, seen };
}

describe('NodeLease', () => {
  test('is for ever where nodes share nothing', async () => {
    const { clock, held, seen } = lease(false);
    await clock.advance(1e9);
    expect(held.isTrusted()).toBe(true);
    expect(seen.expired).toBe(0);
  });

  test('begins with the first sign of life, and ends when there are no more', async () => {
    const { clock, held, seen } = lease(true);
    expect(held.isTrusted()).toBe(false);
    held.extend(clock.monotonicMs() + 10_000);
    await clock.advance(5_000);
    held.extend(clock.monotonicMs() + 10_000);
    await clock.advance(9_999);
    expect([held.isTrusted(), seen.expired]).toEqual([true, 0]);
    await clock.advance(1);
    expect([held.isTrusted(), seen.expired]).toEqual([false, 1]);
  });

  test('is not shortened by what comes late', async () => {
    const { clock, held, seen } = lease(true);
    held.extend(10_000);
    held.extend(2_000);
    await clock.advance(9_000);
    expect([held.isTrusted(), seen.expired]).toEqual([true, 0]);
  });

  test('wakes nobody after its end', async () => {
    const { clock, held, seen } = lease(true);
    held.extend(10_000);
    held.close();
    await clock.advance(20_000);
    expect(seen.expired).toBe(0);
  });
});
