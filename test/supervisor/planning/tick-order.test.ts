import { describe, expect, test } from 'vitest';
import { fold, type ScheduleState } from '../../../src/machines/schedule-state.ts';
import { inTickOrder } from '../../../src/supervisor/planning/tick-order.ts';
import { type LiveSchedule, liveSchedule } from '../../../src/supervisor/schedules/live-schedule.ts';
import { registered } from '../../support/ledger-entries.ts';
import { define, every } from '../../support/virtual-engine.ts';

const STATE = fold(undefined, registered(0)) as ScheduleState;

function scheduleOf(key: string, identity: { plugin: string; scheduleId: string }, priority = 1_000): LiveSchedule {
  return liveSchedule(define(key, every(1_000), { identity, priority }), STATE);
}

function keysOf(schedules: readonly LiveSchedule[]): string[] {
  return schedules.map(({ definition }) => definition.key);
}

describe('the order of a tick', () => {
  test('goes by priority, then plugin, then schedule, then the rest of the key', () => {
    const ordered = [
      scheduleOf('z/z', { plugin: 'z', scheduleId: 'z' }, 1),
      scheduleOf('a@:s2/b', { plugin: 'a', scheduleId: 'b' }, 2),
      scheduleOf('a@:s1/c', { plugin: 'a', scheduleId: 'c' }, 2),
      scheduleOf('a@:s2/c', { plugin: 'a', scheduleId: 'c' }, 2),
      scheduleOf('b/a', { plugin: 'b', scheduleId: 'a' }, 2),
    ];
    expect(keysOf(inTickOrder(ordered.toReversed()))).toEqual(keysOf(ordered));
    expect(keysOf(inTickOrder(ordered.slice(0, 1)))).toEqual(['z/z']);
  });

  test('goes by the ids of the schedules of one plugin', () => {
    const { source } = define('a@t/b', every(1_000));
    const schedules = ['c', 'b'].map((id) => liveSchedule(define(`a@t/${id}`, every(1_000), { source }), STATE));
    expect(keysOf(inTickOrder(schedules))).toEqual(['a@t/b', 'a@t/c']);
  });

  test('gives every tenant a turn before it gives one of them a second', () => {
    const due = ['a@flood/1', 'a@flood/2', 'a@flood/3', 'a@acme/1', 'a@acme/2', 'b/1'].map((key, index) => {
      const tenantId = key.match(/@(.*)\//)?.[1];
      const source = { ...define(key, every(1_000)).source, ...(tenantId !== undefined && { tenantId }) };
      return liveSchedule(define(key, every(1_000), { source, priority: index === 2 ? 1 : 2 }), STATE);
    });
    expect(keysOf(inTickOrder(due))).toEqual(['a@flood/3', 'a@acme/1', 'a@flood/1', 'b/1', 'a@acme/2', 'a@flood/2']);
  });
});
