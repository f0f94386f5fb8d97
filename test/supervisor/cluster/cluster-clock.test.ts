import { describe, expect, test } from 'vitest';
import { ClusterClock } from '../../../src/supervisor/cluster/cluster-clock.ts';
import { NodeClock } from '../../../src/testing/node-clock.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

const YEAR = 365 * 86_400_000;

/** A backend with the right time, and a machine whose wall clock is wrong. */
function clocks({ skewMs = 0, isFollowing = true } = {}) {
  const backend = new VirtualClock();
  const machine = new NodeClock(backend, skewMs);
  const clock = new ClusterClock(machine, { isFollowing });
  /** The backend's clock is read, after `setByMs`, in the middle of a round trip. */
  const read = (setByMs = 0, roundTripMs = 0): boolean => {
    const monotonicMs = backend.monotonicMs();
    return clock.measured({
      nowMs: backend.nowMs() + setByMs - roundTripMs / 2,
      askedAtMonotonicMs: monotonicMs - roundTripMs,
      answeredAtMonotonicMs: monotonicMs,
    });
  };
  return { backend, machine, clock, read };
}

describe('the clock of a node', () => {
  test('is the clock of its machine until the backend was heard, and then the backend’s', () => {
    const { backend, machine, clock, read } = clocks({ skewMs: YEAR });
    expect([clock.nowMs(), clock.skewMs, clock.errorMs]).toEqual([machine.nowMs(), null, null]);
    read(0, 8);
    expect([clock.nowMs(), clock.skewMs, clock.errorMs]).toEqual([backend.nowMs(), YEAR, 4]);
  });

  test('does not care when the clock of its machine is set', async () => {
    const { backend, machine, clock, read } = clocks();
    read();
    machine.skewMs = -YEAR;
    await backend.advance(90_000);
    expect([clock.nowMs(), clock.skewMs]).toEqual([backend.nowMs(), -YEAR]);
  });

  test('is the clock of its machine where the backend gives it none to go by, but knows how far that is off', async () => {
    const { backend, machine, clock, read } = clocks({ skewMs: 7_000, isFollowing: false });
    read();
    await backend.advance(1_000);
    expect([clock.nowMs(), clock.skewMs]).toEqual([machine.nowMs(), 7_000]);
  });

  test('follows a small step of the backend’s clock within a minute, and never goes back', async () => {
    const { backend, clock, read } = clocks();
    read();
    for (const stepMs of [4_000, -4_000]) {
      backend.stepWall(stepMs);
      let before = clock.nowMs();
      for (let waited = 0; waited < 60_000; waited += 500) {
        read();
        await backend.advance(500);
        expect(clock.nowMs() - before).toBeGreaterThan(449);
        expect(clock.nowMs() - before).toBeLessThan(551);
        before = clock.nowMs();
      }
      expect(clock.nowMs()).toBe(backend.nowMs());
    }
  });

  test('jumps at once when the backend’s clock was set by far', async () => {
    const { backend, clock, read } = clocks();
    read();
    for (const stepMs of [3_600_000, -YEAR]) {
      backend.stepWall(stepMs);
      read();
      expect(clock.nowMs()).toBe(backend.nowMs());
    }
  });

  test('sleeps until an instant of its own time, also while it catches up or slows down', async () => {
    const { backend, clock, read } = clocks();
    read();
    for (const stepMs of [3_000, -3_000]) {
      read(stepMs);
      const untilMs = clock.nowMs() + 10_000;
      let wokeAtMs = Number.NaN;
      clock.sleepByWall(10_000, () => {
        wokeAtMs = clock.nowMs();
      });
      await backend.advance(20_000);
      expect(wokeAtMs).toBeCloseTo(untilMs, 2);
      read();
      await backend.advance(60_000);
    }
  });

  test('ignores a reading that cannot be true', () => {
    const { clock } = clocks();
    const before = clock.nowMs();
    const isTaken = clock.measured({ nowMs: 1e12, askedAtMonotonicMs: 0, answeredAtMonotonicMs: 1 });
    expect([isTaken, clock.nowMs(), clock.skewMs]).toEqual([false, before, null]);
  });
});
