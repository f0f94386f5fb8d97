import { describe, expect, test } from 'vitest';
import { fold, type ScheduleState } from '../../../src/machines/schedule-state.ts';
import { compareWithinTick } from '../../../src/supervisor/planning/tick-order.ts';
import { type LiveSchedule, liveSchedule } from '../../../src/supervisor/schedules/live-schedule.ts';
import { registered } from '../../support/ledger-entries.ts';
import { define, every } from '../../support/virtual-engine.ts';

const STATE = fold(undefined, registered(0)) as ScheduleState;

function scheduleOf(key: string, identity: { plugin: string; scheduleId: string }, priority = 1_000): LiveSchedule {
  return liveSchedule(define(key, every(1_000), { identity, priority }), STATE);
}

describe('compareWithinTick', () => {
  test('orders by priority, then plugin, then schedule, then the rest of the key', () => {
    const ordered = [
      scheduleOf('z/z', { plugin: 'z', scheduleId: 'z' }, 1),
      scheduleOf('a@t2/b', { plugin: 'a', scheduleId: 'b' }, 2),
      scheduleOf('a@t1/c', { plugin: 'a', scheduleId: 'c' }, 2),
      scheduleOf('a@t2/c', { plugin: 'a', scheduleId: 'c' }, 2),
      scheduleOf('b/a', { plugin: 'b', scheduleId: 'a' }, 2),
    ];
    const keysOf = (schedules: readonly LiveSchedule[]): string[] => schedules.map(({ definition }) => definition.key);
    expect(keysOf(ordered.toReversed().sort(compareWithinTick))).toEqual(keysOf(ordered));
    const [first] = ordered as [LiveSchedule];
    expect(compareWithinTick(first, first)).toBe(0);
  });

  test('orders the schedules of one plugin by their ids', () => {
    const { source } = define('a@t/b', every(1_000));
    const [b, c] = ['b', 'c'].map((id) => liveSchedule(define(`a@t/${id}`, every(1_000), { source }), STATE)) as [
      LiveSchedule,
      LiveSchedule,
    ];
    expect([compareWithinTick(b, c), compareWithinTick(c, b), compareWithinTick(b, b)]).toEqual([-1, 1, 0]);
  });
});
