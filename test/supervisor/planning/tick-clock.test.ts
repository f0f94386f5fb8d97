import { describe, expect, test } from 'vitest';
import { TickClock, type Ticked } from '../../../src/supervisor/planning/tick-clock.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { tickingOn } from '../../support/ticking-clock.ts';

const ticking = (dueInMs?: number) => tickingOn(new VirtualClock(), dueInMs);

/** A clock whose timers are coarse, so that the last of a sleep is waited out. */
class CoarseClock extends VirtualClock {
  /** What was waited out, and when something else got its turn meanwhile. */
  readonly steps: string[] = [];
  override readonly tailMs: number = 1.5;

  override waitOut(restMs: number): void {
    this.steps.push(`deaf for ${restMs} ms`);
    super.waitOut(restMs);
  }

  override defer(callback: () => void): void {
    super.defer(() => {
      this.steps.push('heard');
      callback();
    });
  }
}

describe('the end of a sleep', () => {
  test.each([
    ['is waited out in one step while every schedule is at rest', 0, ['deaf for 1.5 ms']],
    [
      'is waited out in short steps while a run is live, and messages are heard between them',
      1,
      [...Array.from({ length: 5 }, () => ['deaf for 0.25 ms', 'heard']).flat(), 'deaf for 0.25 ms'],
    ],
    ['is left to the timer while many runs are live', 10, []],
  ])('%s', async (_what, liveCount, steps) => {
    const clock = new CoarseClock();
    const { seen } = tickingOn(clock, 100, liveCount);
    await clock.advance(100);
    expect([seen.ticks, clock.steps, seen.wakeUps]).toEqual([[100], steps, liveCount > 4 ? 2 : 1]);
  });

  test('that waits in steps ends when the clock is stopped, or when something is due sooner', async () => {
    const clock = new CoarseClock();
    const { seen, tickClock, startMs } = tickingOn(clock, 100, 1);
    await clock.advance(98.5);
    expect(seen.ticks).toEqual([100]);
    tickClock.expect(startMs + 200);
    await clock.advance(98);
    tickClock.stop();
    await clock.advance(100);
    expect(seen.ticks).toEqual([100]);
  });
});

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
