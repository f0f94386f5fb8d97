import { describe, expect, test } from 'vitest';
import { BudgetWatch, type Watched } from '../../../../../src/supervisor/running/pool/budgets/budget-watch.ts';
import { VirtualClock } from '../../../../../src/testing/virtual-clock.ts';

class Sleeper implements Watched {
  readonly wokenAtMs: number[] = [];
  watchIndex = -1;
  wakeAtMs: number;

  constructor(wakeAtMs: number) {
    this.wakeAtMs = wakeAtMs;
  }

  woken(nowMs: number): void {
    this.wokenAtMs.push(nowMs);
    this.wakeAtMs = Number.POSITIVE_INFINITY;
  }
}

describe('the watch over budgets', () => {
  test('wakes each when its time has come, with one timer', async () => {
    const clock = new VirtualClock();
    const watch = new BudgetWatch(clock);
    const [late, early] = [new Sleeper(300), new Sleeper(100)];

    watch.add(late, clock.monotonicMs());
    watch.add(early, clock.monotonicMs());

    expect(clock.sleeperCount).toBe(1);
    await clock.advance(1_000);
    expect([early.wokenAtMs, late.wokenAtMs]).toEqual([[100], [300]]);
    expect(clock.sleeperCount).toBe(0);
  });

  test('leaves its timer alone when what comes and goes is due later', async () => {
    const clock = new VirtualClock();
    const watch = new BudgetWatch(clock);
    const first = new Sleeper(200);
    watch.add(first, clock.monotonicMs());
    watch.remove(first);

    const second = new Sleeper(201);
    watch.add(second, clock.monotonicMs());

    expect(clock.sleeperCount).toBe(1);
    await clock.advance(1_000);
    expect([first.wokenAtMs, second.wokenAtMs]).toEqual([[], [201]]);
  });

  test('hurries when a time moves up, and stops', async () => {
    const clock = new VirtualClock();
    const watch = new BudgetWatch(clock);
    const sleeper = new Sleeper(500);
    watch.add(sleeper, clock.monotonicMs());

    sleeper.wakeAtMs = 50;
    watch.hurry(sleeper);
    await clock.advance(60);
    expect(sleeper.wokenAtMs).toEqual([50]);

    watch.add(new Sleeper(900), clock.monotonicMs());
    watch.stop();
    expect(clock.sleeperCount).toBe(0);
  });
});
