import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../src/testing/index.ts';
import { tickingOn } from '../support/ticking-clock.ts';

const HOUR_MS = 3_600_000;

/** A tick clock on a clock that may sleep for an hour. */
const ticking = (dueInMs: number) => tickingOn(new VirtualClock(0, { maxSleepMs: HOUR_MS }), dueInMs);

describe('VirtualClock', () => {
  test('wakes sleepers in the order of their instants, then of their arrival', async () => {
    const clock = new VirtualClock();
    const woken: string[] = [];
    const delays = [5, 3, 9, 3, 1, 7, 5];
    for (const [index, delayMs] of delays.entries()) clock.sleep(delayMs, () => woken.push(`${delayMs}#${index}`));
    const cancel = clock.sleep(4, () => woken.push('cancelled'));
    cancel();
    cancel();
    expect(clock.sleeperCount).toBe(7);
    await clock.advance(8);
    expect(woken).toEqual(['1#4', '3#1', '3#3', '5#0', '5#6', '7#5']);
    expect(clock.sleeperCount).toBe(1);
  });

  test('lets chains of promises settle before it goes on', async () => {
    const clock = new VirtualClock();
    const seen: number[] = [];
    const startMs = clock.nowMs();
    const takeSteps = async (): Promise<void> => {
      for (let step = 0; step < 1_000; step += 1) await null;
      seen.push(clock.nowMs() - startMs);
    };
    clock.sleep(1, () => void takeSteps());
    clock.sleep(2, () => seen.push(clock.nowMs() - startMs));
    await clock.advance(5);
    expect(seen).toEqual([1, 2]);
  });

  test('lets a sleeper that waits for a wall time sleep long', async () => {
    const { clock, seen } = ticking(10 * HOUR_MS);
    await clock.advance(10 * HOUR_MS);
    expect(seen).toEqual({ ticks: [10 * HOUR_MS], jumps: [], wakeUps: 10 });
  });

  test.each([1_800_000, -1_800_000])('still lets a step of %i ms be noticed within a second', async (stepMs) => {
    const { clock, seen } = ticking(10 * HOUR_MS);
    await clock.advance(100);
    clock.stepWall(stepMs);
    await clock.advance(999);
    expect(seen.jumps).toEqual([]);
    await clock.advance(1);
    expect(seen.jumps).toEqual([stepMs]);
  });

  test('lets a step over an occurrence be noticed within a second', async () => {
    const { clock, seen } = ticking(HOUR_MS / 2);
    clock.stepWall(HOUR_MS);
    await clock.advance(1_000);
    expect(seen.ticks).toEqual([HOUR_MS + 1_000]);
  });

  test('lets a suspended process notice it at once', async () => {
    const { clock, seen } = ticking(10 * HOUR_MS);
    clock.suspend(60_000);
    await clock.advance(0);
    expect(seen.jumps).toEqual([59_000]);
  });

  test('wakes no other sleeper early because of a step', async () => {
    const clock = new VirtualClock(0, { maxSleepMs: HOUR_MS });
    let isAwake = false;
    clock.sleep(60_000, () => {
      isAwake = true;
    });
    clock.stepWall(HOUR_MS);
    await clock.advance(59_999);
    expect(isAwake).toBe(false);
    await clock.advance(1);
    expect(isAwake).toBe(true);
  });

  test('waits in real time for what it is held for, but only so long', async () => {
    const clock = new VirtualClock();
    const outcomes: boolean[] = [];
    const hold = async (work: Promise<void>, realMs: number): Promise<void> => {
      outcomes.push(await clock.holdFor(work, realMs));
    };
    clock.sleep(1, () => void hold(new Promise(() => {}), 5));
    clock.sleep(2, () => void hold(Promise.reject(new Error('over')), 5_000));
    await clock.advance(3);
    expect(outcomes).toEqual([false, true]);
  });

  test('advances as far as some work needs', async () => {
    const clock = new VirtualClock(0);
    const work = new Promise<string>((resolve) => clock.sleep(1_234, () => resolve('done')));
    expect(await clock.advanceUntil(work)).toBe('done');
    expect(clock.nowMs()).toBe(1_234);
    await expect(clock.advanceUntil(Promise.reject(new Error('no')))).rejects.toThrow('no');
  });
});
