import { describe, expect, test } from 'vitest';
import type { OwedRun } from '../../../src/machines/run.ts';
import { fold, type ScheduleState } from '../../../src/machines/schedule-state.ts';
import { basisOf, follow, learn, liveSchedule } from '../../../src/supervisor/schedules/live-schedule.ts';
import { claimed, KEY, moved, recordOf, registered, settled } from '../../support/ledger-entries.ts';
import { define, every } from '../../support/virtual-engine.ts';

const OWED: OwedRun = { runId: 'lost-run', scheduledAtMs: 3_000 };

/** How a schedule stands that was registered at 1 s. */
function stateOf(own: Partial<ScheduleState> = {}): ScheduleState {
  return { ...(fold(undefined, registered(1_000)) as ScheduleState), ...own };
}

function scheduleOf(own: Partial<ScheduleState> = {}) {
  return liveSchedule(define(KEY, every(1_000)), stateOf(own));
}

describe('liveSchedule', () => {
  test('stands where its state says, and rests', () => {
    const schedule = scheduleOf({ cursorMs: 4_000, owed: OWED });
    expect(schedule).toMatchObject({ rest: 'idle', faultReason: null, countsFromMs: 1_000, heapIndex: -1 });
    expect(schedule.position).toMatchObject({ cursorMs: 4_000, owed: OWED });
  });

  test('notes what happens to it, and that apart from all other schedules', () => {
    const [busy, idle] = [scheduleOf(), scheduleOf()];
    const at = { wallMs: 5_000, monotonicMs: 4_000 };
    const noted = {
      faultReason: 'stuck',
      collectedAt: at,
      waitsSince: at,
      isLateByTurn: true,
      backlog: { untilMs: 4_000, lateMs: 100, plannedAtMs: 5_000 },
      catchUpAtMs: 6_000,
      isBehind: true,
      isLeftToRun: true,
      executed: { fromMs: 2_000, untilMs: 3_000 },
      countsFromMs: 2_000,
      retryAtMs: 7_000,
    };
    const plain = Object.fromEntries(Object.keys(noted).map((name) => [name, Reflect.get(idle, name)]));
    Object.assign(busy, noted);
    expect(busy).toMatchObject(noted);
    expect(idle).toMatchObject(plain);
    Object.assign(busy, plain);
    expect(busy).toMatchObject(plain);
  });

  test('counts from when it was created, also when its state says later that this was earlier', () => {
    const schedule = scheduleOf();
    follow(schedule, stateOf({ createdAtMs: 500 }));
    expect(schedule).toMatchObject({ state: { createdAtMs: 500 }, countsFromMs: 1_000 });
  });

  test('is paused when its state is', () => {
    expect(scheduleOf({ pause: { atMs: 2_000 } }).rest).toBe('paused');
  });
});

describe('basisOf', () => {
  test('is where planning goes on, of a schedule that nodes share', () => {
    const schedule = scheduleOf({ cursorMs: 4_000, owed: OWED });
    schedule.isShared = true;
    expect(basisOf(schedule)).toEqual({ cursorMs: 4_000, owed: OWED });
    schedule.position = { cursorMs: 5_000 };
    expect(basisOf(schedule)).toEqual({ cursorMs: 5_000 });
  });

  test('is absent where no other node can have moved the schedule', () => {
    expect(basisOf(scheduleOf())).toBeUndefined();
  });
});

describe('learn', () => {
  test('lets planning go on from what is known once that has caught up', () => {
    const schedule = scheduleOf();
    schedule.position = { cursorMs: 3_000 };
    learn(schedule, claimed(recordOf('run-2', 2_000)));
    expect(schedule.position).toEqual({ cursorMs: 3_000 });
    learn(schedule, claimed(recordOf('run-3', 3_000)));
    expect(schedule.position).toBe(schedule.state);
    expect(schedule.state).toMatchObject({ cursorMs: 3_000, dueCount: 2 });
  });

  test('moves planning along while it has not run ahead', () => {
    const schedule = scheduleOf({ owed: OWED });
    learn(schedule, moved(3_000));
    expect(schedule.position).toBe(schedule.state);
    expect(schedule.state).toMatchObject({ cursorMs: 3_000 });
    expect(schedule.state.owed).toBeUndefined();
  });

  test('lets planning make up for a run that was lost before it went on', () => {
    const schedule = scheduleOf({ cursorMs: 4_000 });
    learn(schedule, settled(recordOf('lost-run', 3_000, { outcome: 'lost' }), { isOwed: true }));
    expect(schedule.position).toMatchObject({ cursorMs: 4_000, owed: OWED });
  });

  test('keeps the plan to make up for a lost run until that run is claimed', () => {
    const schedule = scheduleOf({ cursorMs: 4_000, owed: OWED });
    schedule.position = { cursorMs: 4_000 };
    learn(schedule, settled(recordOf('run-4', 4_000)));
    expect(schedule.position.owed).toBeUndefined();
    learn(schedule, claimed(recordOf('recovery', 3_000, { recoveryOf: OWED.runId })));
    expect(schedule.position).toBe(schedule.state);
  });

  test('lets planning owe nothing any more once that is known', () => {
    const schedule = scheduleOf({ cursorMs: 4_000, owed: OWED });
    schedule.position = { cursorMs: 5_000, owed: OWED };
    learn(schedule, moved(5_000));
    expect(schedule.position).toBe(schedule.state);
    expect(schedule.state.owed).toBeUndefined();
  });

  test('keeps how a schedule stood that is forgotten', () => {
    const schedule = scheduleOf({ dueCount: 7 });
    learn(schedule, { kind: 'forgotten', key: KEY, atMs: 9_000 });
    expect(schedule.state.dueCount).toBe(7);
  });
});

describe('follow', () => {
  test('says that planning goes on elsewhere after another node has moved the schedule', () => {
    const schedule = scheduleOf();
    expect(follow(schedule, stateOf({ cursorMs: 2_000 }))).toBe(true);
    expect(schedule.position.cursorMs).toBe(2_000);
    expect(follow(schedule, stateOf({ cursorMs: 2_000, dueCount: 1 }))).toBe(false);
    expect(schedule.state.dueCount).toBe(1);
  });

  test('says so too when a run is owed, or no longer', () => {
    const schedule = scheduleOf({ cursorMs: 4_000 });
    expect(follow(schedule, stateOf({ cursorMs: 4_000, owed: OWED }))).toBe(true);
    expect(follow(schedule, stateOf({ cursorMs: 4_000, owed: OWED }))).toBe(false);
    expect(follow(schedule, stateOf({ cursorMs: 4_000 }))).toBe(true);
  });

  test('does not go back to what was read before its own last write', () => {
    const schedule = scheduleOf();
    const before = stateOf();
    learn(schedule, moved(3_000));
    expect(follow(schedule, before)).toBe(false);
    expect(schedule.position.cursorMs).toBe(3_000);
    expect(follow(schedule, stateOf({ cursorMs: 2_000 }))).toBe(false);
    expect(schedule.position.cursorMs).toBe(3_000);
  });

  test('does not go back behind what is planned and not written yet', () => {
    const schedule = scheduleOf();
    schedule.position = { cursorMs: 5_000 };
    expect(follow(schedule, stateOf({ cursorMs: 3_000, owed: OWED }))).toBe(false);
    expect(schedule.position).toEqual({ cursorMs: 5_000 });
  });

  test('drops a plan that another node has overtaken, whatever it owed', () => {
    const schedule = scheduleOf();
    schedule.position = { cursorMs: 3_000 };
    expect(follow(schedule, stateOf({ cursorMs: 4_000, owed: OWED }))).toBe(true);
    expect(schedule.position).toMatchObject({ cursorMs: 4_000, owed: OWED });
  });

  test('keeps the plan to make up for a lost run until the store has it', () => {
    const schedule = scheduleOf({ cursorMs: 4_000, owed: OWED });
    schedule.position = { cursorMs: 4_000 };
    expect(follow(schedule, stateOf({ cursorMs: 4_000, owed: OWED, dueCount: 1 }))).toBe(false);
    expect(schedule.position.owed).toBeUndefined();
    expect(follow(schedule, stateOf({ cursorMs: 4_000 }))).toBe(false);
    expect(schedule.position).toBe(schedule.state);
  });
});
