import { describe, expect, onTestFinished, test } from 'vitest';
import type { DuePlan } from '../../../src/machines/missed-runs/due-plan.ts';
import type { OwedRun } from '../../../src/machines/run.ts';
import type { ScheduleEvent } from '../../../src/machines/schedule-events.ts';
import { fold, type ScheduleState } from '../../../src/machines/schedule-state.ts';
import { Capacity } from '../../../src/supervisor/cluster/capacity.ts';
import { Cluster } from '../../../src/supervisor/cluster/cluster.ts';
import { Turns } from '../../../src/supervisor/cluster/turns.ts';
import { Timetable } from '../../../src/supervisor/planning/timetable.ts';
import type { TurnOrder } from '../../../src/supervisor/planning/timetable-parts.ts';
import { ScheduleActors } from '../../../src/supervisor/schedules/actor.ts';
import type { ScheduleDefinition } from '../../../src/supervisor/schedules/definition.ts';
import { type LiveSchedule, liveSchedule } from '../../../src/supervisor/schedules/live-schedule.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { registered } from '../../support/ledger-entries.ts';
import { SILENT_EFFECTS } from '../../support/silent-effects.ts';
import { define, every, missedRules } from '../../support/virtual-engine.ts';
import { VirtualPool } from '../../support/virtual-pool.ts';

const HOUR = 3_600_000;

/** A timetable whose plans are only noted: planning goes on, and nothing runs. */
function planning(turnOrder?: TurnOrder) {
  const clock = new VirtualClock();
  const startMs = clock.nowMs();
  const plans: (DuePlan & { readonly key: string })[] = [];
  const faults: string[] = [];
  const actors = new ScheduleActors(() => {});
  actors.perform(SILENT_EFFECTS);
  const carryOut = (schedule: LiveSchedule, plan: DuePlan): void => {
    plans.push({ key: schedule.definition.key, ...plan });
    const untilMs = Math.max(...plan.skipped.map((span) => span.untilMs), plan.run?.scheduledAtMs ?? 0);
    schedule.position = { cursorMs: Math.max(schedule.position.cursorMs, untilMs) };
    schedule.backlog = plan.backlog;
  };
  const faulted = (schedule: LiveSchedule, error: unknown): void => {
    faults.push(`${schedule.definition.key}: ${(error as Error).message}`);
    actors.send(schedule, { type: 'schedule.faulted', reason: 'it does not work' });
  };
  const pool = new VirtualPool(clock);
  const timetable = new Timetable({
    clock,
    actors,
    pool,
    turns: turnOrder ?? new Turns(new Cluster({ clock, nodeId: 'node', locking: null }), new Capacity(pool)),
    plans: { carryOut, faulted },
    listener: { woke: () => {}, jumped: () => {} },
  });
  onTestFinished(() => timetable.close());
  /** Adds a schedule that is as old as the clock, and queues it. */
  const add = (definition: ScheduleDefinition, owed?: OwedRun): LiveSchedule => {
    const state = fold(undefined, registered(startMs, { key: definition.key })) as ScheduleState;
    const schedule = liveSchedule(definition, { ...state, ...(owed && { owed }) });
    timetable.plan(schedule);
    return schedule;
  };
  return { clock, startMs, timetable, actors, plans, faults, add };
}

describe('Timetable', () => {
  test('does not tick for a schedule that was taken out', async () => {
    const { clock, timetable, plans, add } = planning();
    const schedule = add(define('p/s', every(HOUR)));
    timetable.start();
    timetable.remove(schedule);
    await clock.advance(HOUR);
    expect([plans, timetable.counts.ticks]).toEqual([[], 0]);
  });

  test('does not wait for its turn until a time that no longer counts', async () => {
    let waitMs = 300;
    const { clock, startMs, timetable, plans, add } = planning({ waitMs: () => waitMs });
    add(define('p/s', every(HOUR)));
    timetable.start();
    clock.stepWall(365 * 24 * HOUR);
    await clock.advance(1_100);
    waitMs = 0;
    clock.stepWall(-365 * 24 * HOUR);
    await clock.advance(HOUR);
    expect(plans).toMatchObject([{ key: 'p/s', run: { scheduledAtMs: startMs + HOUR } }]);
  });

  test('plans what is due, and then queues the schedule for what follows', async () => {
    const { clock, startMs, timetable, plans, add } = planning();
    const schedule = add(define('p/s', every(HOUR)));
    timetable.start();
    await clock.advance(HOUR);
    expect(plans).toMatchObject([{ key: 'p/s', run: { trigger: 'clock', scheduledAtMs: startMs + HOUR } }]);
    expect([schedule.dueAtMs, timetable.nextDueAtMs]).toEqual([startMs + 2 * HOUR, startMs + 2 * HOUR]);
    expect(schedule.collectedAt).toEqual({ wallMs: startMs + HOUR, monotonicMs: HOUR });
  });

  test('plans three hundred thousand schedules that fall due at once', { timeout: 60_000 }, async () => {
    const { clock, timetable, plans, add } = planning();
    const shared = define('p/s', every(HOUR));
    for (let index = 0; index < 300_000; index += 1) add({ ...shared, key: `p/${index}` });
    timetable.start();
    await clock.advance(HOUR);
    expect([plans.length, timetable.queuedCount]).toEqual([300_000, 300_000]);
    expect(new Set(plans.map(({ key }) => key)).size).toBe(300_000);
  });

  test('plans at once what a schedule owes, which has been due for long', async () => {
    const { clock, startMs, timetable, plans, add } = planning();
    add(define('p/s', every(HOUR)), { runId: 'lost-run', scheduledAtMs: startMs - HOUR });
    expect(timetable.nextDueAtMs).toBe(startMs - HOUR);
    timetable.start();
    await clock.advance(0);
    expect(plans).toMatchObject([{ run: { recoveryOf: 'lost-run' } }]);
    expect(timetable.nextDueAtMs).toBe(startMs + HOUR);
  });

  test('leaves a schedule that is behind out of the queue, until it is planned again', async () => {
    const { clock, startMs, timetable, plans, add } = planning();
    const schedule = add(define('p/s', every(HOUR), { missed: missedRules('run-all') }));
    clock.suspend(3.5 * HOUR);
    timetable.start();
    await clock.advance(1_000);
    expect(plans).toMatchObject([{ isBehind: true, run: { trigger: 'catch-up', scheduledAtMs: startMs + HOUR } }]);
    expect(timetable.queuedCount).toBe(0);
    timetable.plan(schedule);
    await clock.advance(1_000);
    expect(plans[1]).toMatchObject({ run: { scheduledAtMs: startMs + 2 * HOUR } });
  });

  test('lets what was missed wait for the run that is under way', async () => {
    const { clock, timetable, actors, plans, add } = planning();
    const schedule = add(define('p/s', every(HOUR)));
    actors.send(schedule, { type: 'occurrence.due', occurrence: { scheduledAtMs: 0, dueAtMs: 0, trigger: 'manual' } });
    clock.suspend(1.5 * HOUR);
    timetable.start();
    await clock.advance(1_000);
    expect([plans, timetable.isQueued(schedule)]).toEqual([[], false]);
  });

  test('leaves what falls due while a run is still to be claimed until that is known', async () => {
    const { clock, startMs, timetable, actors, plans, add } = planning();
    const schedule = add(define('p/s', every(1_000)));
    timetable.start();
    actors.send(schedule, { type: 'occurrence.due', occurrence: { scheduledAtMs: 0, dueAtMs: 0, trigger: 'manual' } });
    await clock.advance(3_500);
    expect([plans, timetable.isQueued(schedule)]).toEqual([[], true]);
    actors.send(schedule, { type: 'lock.granted' });
    await clock.advance(50);
    expect(plans).toMatchObject([{ run: { scheduledAtMs: startMs + 3_000 } }]);
  });

  test('plans it at once when the run is not to run', async () => {
    const { clock, startMs, timetable, actors, plans, add } = planning();
    const schedule = add(define('p/s', every(1_000)));
    timetable.start();
    actors.send(schedule, { type: 'occurrence.due', occurrence: { scheduledAtMs: 0, dueAtMs: 0, trigger: 'manual' } });
    await clock.advance(1_001);
    actors.send(schedule, { type: 'lock.contended' });
    actors.send(schedule, { type: 'run.recorded' });
    timetable.rested(schedule);
    await clock.advance(0);
    expect(plans).toMatchObject([{ run: { scheduledAtMs: startMs + 1_000 } }]);
  });

  describe('under run-all, when something falls due beside a run', () => {
    const everyHour = define('p/s', every(HOUR), { missed: missedRules('run-all') });
    const beside = (facts: readonly ScheduleEvent[]) => {
      const parts = planning();
      const schedule = parts.add(everyHour);
      const occurrence = { scheduledAtMs: 0, dueAtMs: 0, trigger: 'manual' } as const;
      for (const event of [{ type: 'occurrence.due', occurrence } as const, ...facts])
        parts.actors.send(schedule, event);
      parts.timetable.start();
      return { ...parts, schedule };
    };
    const executing = [{ type: 'lock.granted' }, { type: 'run.started' }] as const;
    const ended = { type: 'run.reported', settlement: { outcome: 'succeeded' }, isQuarantined: false } as const;

    test.each([
      ['its lock', [], true],
      ['a thread', [{ type: 'lock.granted' }], true],
      ['the record of its end', [...executing, ended], false],
    ] as const)('leaves it to follow a run that waits for %s', async (_, facts, isBehind) => {
      const { clock, plans, timetable, schedule } = beside(facts);
      await clock.advance(HOUR + 1_000);
      expect([plans, timetable.isQueued(schedule), schedule.isBehind]).toEqual([[], false, isBehind]);
      timetable.rested(schedule);
      expect(timetable.isQueued(schedule)).toBe(true);
    });

    test('does not call it an overlap once the run executes, also after the schedule is planned anew', async () => {
      const { clock, plans, timetable, actors, schedule } = beside([]);
      await clock.advance(HOUR);
      for (const event of executing) actors.send(schedule, event);
      timetable.plan(schedule);
      await clock.advance(10_000);
      expect([plans, timetable.isQueued(schedule)]).toEqual([[], false]);
    });

    test('plans it as an overlap of a run whose end nobody knows of for long', async () => {
      const { clock, startMs, plans, timetable, schedule } = beside(executing);
      await clock.advance(HOUR + 4_999);
      expect(plans).toEqual([]);
      await clock.advance(1);
      const span = { outcome: 'overlap', fromMs: startMs + HOUR, untilMs: startMs + HOUR, count: 1 };
      expect(plans).toEqual([{ key: 'p/s', skipped: [span], backlog: null, isBehind: false }]);
      expect(timetable.isQueued(schedule)).toBe(true);
    });

    test('plans it at once when the run ends in that moment', async () => {
      const { clock, plans, timetable, actors, schedule } = beside(executing);
      await clock.advance(HOUR + 50);
      actors.send(schedule, ended);
      actors.send(schedule, { type: 'run.recorded' });
      timetable.rested(schedule);
      await clock.advance(0);
      expect([plans.length, actors.workOf('p/s')]).toEqual([1, null]);
    });
  });

  test('takes a schedule that is not active out of the queue', () => {
    const { timetable, actors, add } = planning();
    const schedule = add(define('p/s', every(HOUR)));
    actors.send(schedule, { type: 'schedule.paused' });
    timetable.plan(schedule);
    expect([
      timetable.queuedCount,
      timetable.nextDueAtMs,
      add(define('p/off', every(HOUR), { isEnabled: false })).heapIndex,
    ]).toEqual([0, null, -1]);
  });

  test('reports a schedule whose next occurrence cannot be computed, and goes on with the others', async () => {
    const { clock, timetable, plans, faults, add } = planning();
    let isBroken = false;
    const next = (fromMs: number): number => {
      if (isBroken) throw new Error('no such year');
      return every(HOUR).next(fromMs);
    };
    add(define('a/bad', { ...every(HOUR), next }));
    add(define('b/good', every(HOUR)));
    timetable.start();
    isBroken = true;
    await clock.advance(HOUR);
    expect(faults).toEqual(['a/bad: no such year']);
    expect(plans.map(({ key }) => key)).toEqual(['b/good']);
    expect(timetable.queuedCount).toBe(1);
  });

  test('plans nothing while it is held', async () => {
    const { clock, timetable, plans, add } = planning();
    add(define('p/s', every(HOUR)));
    timetable.start();
    timetable.hold();
    await clock.advance(2 * HOUR);
    expect(plans).toEqual([]);
  });

  describe('when another node was first', () => {
    test('plans again from what is known, half a second later', async () => {
      const { clock, startMs, timetable, plans, add } = planning();
      const schedule = add(define('p/s', every(HOUR)));
      timetable.start();
      await clock.advance(HOUR);
      schedule.backlog = { untilMs: startMs, lateMs: 0, plannedAtMs: startMs };
      timetable.retract(schedule);
      expect(schedule).toMatchObject({ position: schedule.state, backlog: null });
      expect(timetable.nextDueAtMs).toBe(startMs + HOUR);
      await clock.advance(499);
      expect(plans.length).toBe(1);
      await clock.advance(1);
      expect(plans.map(({ run }) => run?.scheduledAtMs)).toEqual([startMs + HOUR, startMs + HOUR]);
    });

    test('does not go back behind the ground on which it planned, if that is all it knows', () => {
      const { startMs, timetable, add } = planning();
      const schedule = add(define('p/s', every(HOUR)));
      timetable.retract(schedule, { cursorMs: startMs + HOUR });
      expect(schedule.position).toEqual({ cursorMs: startMs + HOUR });
      expect(timetable.nextDueAtMs).toBe(startMs + 2 * HOUR);
      timetable.retract(schedule, { cursorMs: startMs - HOUR });
      expect(schedule.position).toBe(schedule.state);
    });

    test('queues no schedule that was not queued', async () => {
      const { clock, timetable, add } = planning();
      const schedule = add(define('p/s', every(HOUR)));
      timetable.remove(schedule);
      timetable.retract(schedule);
      await clock.advance(1_000);
      expect(timetable.queuedCount).toBe(0);
    });
  });
});
