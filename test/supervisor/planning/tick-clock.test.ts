import { describe, expect, test } from 'vitest';
import { TickClock, type Ticked } from '../../../src/supervisor/planning/tick-clock.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { tickingOn } from '../../support/ticking-clock.ts';

const ticking = (dueInMs?: number) => tickingOn(new VirtualClock(), dueInMs);

describe('TickClock', () => {
  test('ticks at the instant and not before', async () => {
    const { clock, seen } = ticking(2_345);
    await clock.advance(2_344);
    expect(seen.ticks).toEqual([]);
    await clock.advance(1);
    expect(seen.ticks).toEqual([2_345]);
  });

  test('never sleeps longer than a second, however far the next occurrence is', async () => {
    const { clock, seen } = ticking(2 ** 40);
    await clock.advance(60_000);
    expect(seen).toMatchObject({ wakeUps: 60, ticks: [], jumps: [] });
  });

  test('wakes earlier when an earlier occurrence is expected', async () => {
    const { clock, seen, tickClock, startMs } = ticking();
    await clock.advance(100);
    tickClock.expect(startMs + 150);
    await clock.advance(50);
    expect(seen.ticks).toEqual([150]);
  });

  test.each([3_600_000, -3_600_000, 86_400_000, -86_400_000])(
    'reports a wall clock that steps by %i ms',
    async (stepMs) => {
      const { clock, seen } = ticking();
      await clock.advance(500);
      clock.stepWall(stepMs);
      await clock.advance(500);
      expect(seen.jumps).toEqual([stepMs]);
    },
  );

  test('reports a process that was suspended', async () => {
    const { clock, seen } = ticking();
    clock.suspend(60_000);
    await clock.advance(0);
    expect(seen.jumps).toEqual([59_000]);
  });

  test('starts in 1970 and goes on when the clock is set right', async () => {
    const { clock, seen, startMs } = ticking(1_000);
    clock.stepWall(-clock.nowMs());
    await clock.advance(5_000);
    expect(seen.ticks).toEqual([]);
    clock.stepWall(startMs + 1_000);
    await clock.advance(1_000);
    expect(seen.ticks.length).toBe(1);
  });

  test('goes on after a tick that throws', async () => {
    const clock = new VirtualClock();
    let ticks = 0;
    const ticked: Ticked = {
      isWorking: false,
      tick: () => {
        ticks += 1;
        throw new Error('a fault in one tick');
      },
    };
    const tickClock = new TickClock({
      clock,
      ticked,
      actors: { liveCount: 0 },
      listener: { woke: () => {}, jumped: () => {} },
    });
    tickClock.expect(clock.nowMs());
    tickClock.start();
    for (let turn = 0; turn < 3; turn++) await expect(clock.advance(1)).rejects.toThrow('a fault in one tick');
    expect(ticks).toBe(3);
    expect(clock.sleeperCount).toBe(1);
  });

  test('sleeps no more once it is stopped', async () => {
    const { clock, seen, tickClock } = ticking(1_000);
    tickClock.stop();
    tickClock.expect(clock.nowMs());
    await clock.advance(10_000);
    expect(seen).toEqual({ ticks: [], jumps: [], wakeUps: 0 });
    expect(clock.sleeperCount).toBe(0);
  });
});
