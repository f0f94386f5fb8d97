import { expect, test } from 'vitest';
import { InTurn } from '../../../src/supervisor/operating/in-turn.ts';
import { Upcoming } from '../../../src/supervisor/operating/upcoming.ts';
import { type LiveSchedule, liveSchedule } from '../../../src/supervisor/schedules/live-schedule.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { define, every } from '../../support/virtual-engine.ts';

const PERIOD_MS = 1_000;

/** A schedule whose calendar takes five milliseconds to search, and the order in which searches and turns came. */
function slowSchedule(): { clock: VirtualClock; schedule: LiveSchedule; order: string[] } {
  const [clock, order] = [new VirtualClock(0), [] as string[]];
  const recurrence = every(PERIOD_MS);
  const definition = define('slow/search', {
    ...recurrence,
    next: (fromMs: number) => {
      order.push('search');
      clock.waitOut(5);
      return recurrence.next(fromMs);
    },
  });
  const { key, times: declared } = definition;
  const known = {
    key,
    declared,
    createdAtMs: 0,
    cursorMs: 0,
    runCount: 0,
    dueCount: 0,
    outcomes: {},
    failuresInRow: 0,
  };
  return { clock, order, schedule: liveSchedule(definition, known) };
}

test('the thread has a turn after each occurrence that takes long to find', async () => {
  const { clock, schedule, order } = slowSchedule();
  const upcoming = new Upcoming(clock, { get: () => schedule }, new InTurn());
  const asked = upcoming.fromNow('slow/search', 3);
  const turn = (): void => {
    order.push('turn');
    if (order.length < 20) clock.defer(turn);
  };
  clock.defer(turn);
  expect(await clock.advanceUntil(asked)).toEqual([PERIOD_MS, 2 * PERIOD_MS, 3 * PERIOD_MS]);
  expect(order.join(' ')).toMatch(/search turn .*search turn .*search turn/);
});

test('lanes give way too, and end where they should', async () => {
  const { clock, schedule, order } = slowSchedule();
  const upcoming = new Upcoming(clock, { get: () => schedule }, new InTurn());
  const turn = (): void => {
    order.push('turn');
    if (order.length < 20) clock.defer(turn);
  };
  const asked = upcoming.within(schedule, { fromMs: 500, untilMs: 2_500, count: 10 });
  clock.defer(turn);
  expect(await clock.advanceUntil(asked)).toEqual([PERIOD_MS, 2 * PERIOD_MS]);
  expect(order.join(' ')).toMatch(/search turn .*search turn .*search/);
});

test('those who ask the same while it waits share one search, and the next one is made anew', async () => {
  const { clock, schedule, order } = slowSchedule();
  const upcoming = new Upcoming(clock, { get: () => schedule }, new InTurn());
  const same = Array.from({ length: 10 }, () => upcoming.fromNow('slow/search', 2));
  const answers = await clock.advanceUntil(Promise.all(same));
  expect(new Set(answers).size).toBe(1);
  expect(order).toHaveLength(2);
  await clock.advanceUntil(upcoming.fromNow('slow/search', 2));
  expect(order).toHaveLength(4);
});
