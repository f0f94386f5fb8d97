import { describe, expect, test } from 'vitest';
import { SystemClock } from '../../../../src/supervisor/clocks/system-clock.ts';
import { KeyOrder } from '../../../../src/supervisor/operating/listing/schedules-by-key.ts';
import { Slicer } from '../../../../src/supervisor/ports/slicer.ts';
import { type LiveSchedule, liveSchedule } from '../../../../src/supervisor/schedules/live-schedule.ts';
import { ScheduleRegistry } from '../../../../src/supervisor/schedules/registry.ts';
import { define, every } from '../../../support/virtual-engine.ts';

const clock = new SystemClock();
const recurrence = every(1_000);

function schedule(key: string, description?: string): LiveSchedule {
  const declared = description === undefined ? {} : { description };
  const definition = define(key, recurrence, { declared });
  return liveSchedule(definition, {
    key,
    createdAtMs: 0,
    declared: definition.times,
    cursorMs: 0,
    runCount: 0,
    dueCount: 0,
    outcomes: {},
    failuresInRow: 0,
  });
}

/** An order of schedules with these keys, and what a search finds in it. */
function orderOf(schedules: readonly LiveSchedule[]) {
  const registry = new ScheduleRegistry();
  for (const each of schedules) registry.add(each);
  const order = new KeyOrder(clock, registry);
  const keys = (found: readonly LiveSchedule[]): string[] => found.map(({ definition }) => definition.key);
  return {
    registry,
    order,
    all: async (): Promise<string[]> => keys((await order.byKey()).all),
    find: async (needle: string): Promise<string[]> => {
      return keys(await (await order.byKey()).search(needle, new Slicer(clock)));
    },
  };
}

describe('schedules by key', () => {
  test('stay in order when some come and others go', async () => {
    const { registry, order, all } = orderOf(['m/2', 'm/1', 'z/1', 'a/1'].map((key) => schedule(key)));
    expect(await all()).toEqual(['a/1', 'm/1', 'm/2', 'z/1']);
    registry.remove('m/1');
    registry.add(schedule('b/1'));
    registry.add(schedule('zz/1'));
    expect(await all()).toEqual(['a/1', 'b/1', 'm/2', 'z/1', 'zz/1']);
    // One that has gone and comes back is another schedule.
    registry.remove('a/1');
    const again = schedule('a/1');
    registry.add(again);
    expect((await order.byKey()).all[0]).toBe(again);
  });

  test('are not sorted again while nothing changes', async () => {
    const { registry, order } = orderOf([schedule('a/1')]);
    const before = await order.byKey();
    expect(await order.byKey()).toBe(before);
    registry.add(schedule('b/1'));
    expect(await order.byKey()).not.toBe(before);
  });

  test('are found by any part of their keys and descriptions, in any case', async () => {
    const { find } = orderOf([
      schedule('mail/Welcome', 'Sends the FIRST letter'),
      schedule('mail/digest'),
      schedule('reports/ΟΔΟΣ', 'Straße'),
    ]);
    expect(await find('MAIL/')).toEqual(['mail/Welcome', 'mail/digest']);
    expect(await find('welcome')).toEqual(['mail/Welcome']);
    expect(await find('first')).toEqual(['mail/Welcome']);
    expect(await find('οδοσ')).toEqual(['reports/ΟΔΟΣ']);
    expect(await find('STRASSE')).toEqual(['reports/ΟΔΟΣ']);
    expect(await find('nowhere')).toEqual([]);
    expect(await find('.*')).toEqual([]);
  });

  test('are not found by what only two texts together have', async () => {
    const { find } = orderOf([schedule('a/first', 'second'), schedule('b/third')]);
    expect(await find('firstsecond')).toEqual([]);
    expect(await find('secondb')).toEqual([]);
    expect(await find('first\0second')).toEqual([]);
    expect(await find('\0')).toEqual([]);
  });

  test('are each found once, however often they have what is wanted, in every block', async () => {
    const many = Array.from({ length: 1_300 }, (_, index) =>
      schedule(`aaa/a${String(index).padStart(4, '0')}`, 'aa a'),
    );
    const { find, all } = orderOf(many);
    expect(await find('a')).toEqual(await all());
    expect(await find('a0512')).toEqual(['aaa/a0512']);
    expect(await find('a1299')).toEqual(['aaa/a1299']);
  });

  test('are found by a description that a reload has changed', async () => {
    const changed = schedule('a/1', 'before');
    const { registry, find } = orderOf([changed]);
    expect(await find('before')).toEqual(['a/1']);
    registry.redefine(changed, define('a/1', recurrence, { declared: { description: 'after' } }));
    expect(await find('before')).toEqual([]);
    expect(await find('after')).toEqual(['a/1']);
  });
});
