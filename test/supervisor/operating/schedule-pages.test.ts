import { describe, expect, test } from 'vitest';
import { SystemClock } from '../../../src/supervisor/clocks/system-clock.ts';
import type { OperatedSchedules } from '../../../src/supervisor/operating/operated-node.ts';
import { SchedulePages } from '../../../src/supervisor/operating/schedule-pages.ts';
import { type LiveSchedule, liveSchedule } from '../../../src/supervisor/schedules/live-schedule.ts';
import { scheduleStatus } from '../../../src/supervisor/schedules/status.ts';
import { define, every } from '../../support/virtual-engine.ts';

const COUNT = 100_000;

/** Many schedules, and how many of them were made a status. */
function crowd(): { schedules: OperatedSchedules; made: { count: number } } {
  const made = { count: 0 };
  const recurrence = every(1_000);
  const all = Array.from({ length: COUNT }, (_, index): LiveSchedule => {
    const definition = define(`plugin-${index % 7}/s${(index * 7_919) % COUNT}`, recurrence);
    const { key, times } = definition;
    return liveSchedule(definition, {
      key,
      createdAtMs: 0,
      declared: times,
      cursorMs: index,
      runCount: 0,
      dueCount: 0,
      outcomes: {},
      failuresInRow: 0,
    });
  });
  const schedules: OperatedSchedules = {
    revision: 1,
    all: () => all,
    find: () => undefined,
    get: () => all[0] as LiveSchedule,
    stateOf: () => 'idle',
    statusOf: (schedule) => {
      made.count += 1;
      return scheduleStatus(schedule, 'idle', true);
    },
  };
  return { schedules, made };
}

describe('pages of a hundred thousand schedules', () => {
  test('make a status of those only that they show', async () => {
    const { schedules, made } = crowd();
    const pages = new SchedulePages(new SystemClock(), schedules);
    const page = await pages.page({ search: 'plugin-3/', sort: 'next', offset: 50 });

    expect(page.total).toBe(Math.ceil((COUNT - 3) / 7));
    expect(page.schedules).toHaveLength(100);
    expect(made.count).toBe(100);
  });

  test('let other work go on while they are sorted', async () => {
    const clock = new SystemClock();
    const pages = new SchedulePages(clock, crowd().schedules);
    const page = pages.page({ limit: 1 });
    let [turns, isOver] = [0, false];
    const turn = (): void => {
      turns += 1;
      if (!isOver) clock.defer(turn);
    };
    turn();
    expect((await page).schedules).toMatchObject([{ key: 'plugin-0/s0' }]);
    isOver = true;
    expect(turns).toBeGreaterThan(5);
  });
});
