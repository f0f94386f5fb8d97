import { describe, expect, test } from 'vitest';
import { SystemClock } from '../../../../src/supervisor/clocks/system-clock.ts';
import { InTurn } from '../../../../src/supervisor/operating/in-turn.ts';
import { SchedulePages } from '../../../../src/supervisor/operating/listing/schedule-pages.ts';
import type { OperatedSchedules } from '../../../../src/supervisor/operating/operated-node.ts';
import type { ScheduleQuery } from '../../../../src/supervisor/operator-reports.ts';
import { type LiveSchedule, liveSchedule } from '../../../../src/supervisor/schedules/live-schedule.ts';
import { scheduleStatus } from '../../../../src/supervisor/schedules/status.ts';
import { define, every } from '../../../support/virtual-engine.ts';

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
    quarantined: () => new Set(),
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
    const pages = new SchedulePages(new SystemClock(), schedules, new InTurn());
    const page = await pages.page({ search: 'plugin-3/', sort: 'next', offset: 50 });

    expect(page.total).toBe(Math.ceil((COUNT - 3) / 7));
    expect(page.schedules).toHaveLength(100);
    expect(made.count).toBe(100);
  });

  test('let other work go on while they are sorted', async () => {
    const clock = new SystemClock();
    const pages = new SchedulePages(clock, crowd().schedules, new InTurn());
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

  test('are the same in every order, wherever a page is cut', async () => {
    const { schedules } = crowd();
    const pages = new SchedulePages(new SystemClock(), schedules, new InTurn());
    for (const sort of ['key', 'next', 'last', 'problem'] as const) {
      const [whole, ...parts] = await Promise.all(
        [
          { offset: COUNT / 2, limit: 90 },
          { offset: COUNT / 2, limit: 30 },
          { offset: COUNT / 2 + 30, limit: 60 },
          { offset: COUNT, limit: 30 },
        ].map((place) => pages.page({ sort, ...place })),
      );
      expect(parts.flatMap((page) => page.schedules)).toEqual(whole?.schedules);
      expect(new Set(whole?.schedules.map(({ key }) => key))).toHaveLength(90);
    }
  });

  test('are made one after the other, so that many visitors take no more of a turn than one', async () => {
    const clock = new SystemClock();
    const { schedules } = crowd();
    const pages = new SchedulePages(clock, schedules, new InTurn());
    const ended: string[] = [];
    const ask = async (name: string, query: ScheduleQuery): Promise<void> => {
      await pages.page(query);
      ended.push(name);
    };
    await Promise.all([ask('a long one', { sort: 'next', search: 'plugin' }), ask('a short one', { limit: 1 })]);
    expect(ended).toEqual(['a long one', 'a short one']);
  });

  test('are shared by those who wait for the same one', async () => {
    const { schedules, made } = crowd();
    const pages = new SchedulePages(new SystemClock(), schedules, new InTurn());
    const asked = [pages.prepare(), ...Array.from({ length: 8 }, () => pages.page({ sort: 'last' }))];
    await Promise.all(asked);
    expect(made.count).toBe(100);
    await pages.page({ sort: 'last' });
    expect(made.count).toBe(200);
  });
});
