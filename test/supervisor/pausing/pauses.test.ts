import { describe, expect, onTestFinished, test } from 'vitest';
import type { Pause } from '../../../src/machines/schedule-entries.ts';
import type { ScheduleEvent } from '../../../src/machines/schedule-events.ts';
import type { ScheduleState } from '../../../src/machines/schedule-state.ts';
import { Capacity } from '../../../src/supervisor/cluster/capacity.ts';
import { Cluster } from '../../../src/supervisor/cluster/cluster.ts';
import { Turns } from '../../../src/supervisor/cluster/turns.ts';
import { Pauses } from '../../../src/supervisor/pausing/pauses.ts';
import { Timetable } from '../../../src/supervisor/planning/timetable.ts';
import { Positions } from '../../../src/supervisor/positioning/positions.ts';
import { ScheduleActors } from '../../../src/supervisor/schedules/actor.ts';
import { follow, type LiveSchedule } from '../../../src/supervisor/schedules/live-schedule.ts';
import { ScheduleRegistry } from '../../../src/supervisor/schedules/registry.ts';
import { recordOf } from '../../support/ledger-entries.ts';
import { define, every, VirtualEngine } from '../../support/virtual-engine.ts';

const HOUR = 3_600_000;

/** The machines, and what they are sent. */
class HeardActors extends ScheduleActors {
  readonly sent: string[] = [];

  override send(schedule: LiveSchedule, event: ScheduleEvent): void {
    this.sent.push(event.type);
    super.send(schedule, event);
  }
}

/** The pauses of one hourly schedule, which is queued. */
function watching() {
  const { clock, recorder, engine, ledger, pool } = new VirtualEngine();
  const actors = new HeardActors(() => {});
  const cluster = new Cluster({ clock, nodeId: 'node', locking: null });
  const timetable = new Timetable({
    clock,
    actors,
    pool,
    turns: new Turns(cluster, new Capacity(pool)),
    plans: { carryOut: () => {}, faulted: () => {} },
    listener: { woke: () => {}, jumped: () => {} },
  });
  const positions = new Positions({ clock, recorder, registry: new ScheduleRegistry(), actors, timetable });
  const pauses = new Pauses({ clock, recorder, timetable, actors, positions });
  onTestFinished(() => {
    pauses.close();
    timetable.close();
  });
  const schedule = engine.schedules.add(define('p/s', every(HOUR)), undefined);
  timetable.plan(schedule);
  const pauseAt = (own: Partial<Pause> = {}): Pause => ({ atMs: clock.nowMs(), ...own });
  /** The store says that the schedule stands so. */
  const follows = (own: Partial<ScheduleState>): void => void follow(schedule, { ...schedule.state, ...own });
  /** Another node has paused the schedule, or resumed it. */
  const observe = (pause: Pause | undefined): void => {
    const { pause: before, ...state } = schedule.state;
    follow(schedule, { ...state, ...(pause && { pause }) });
    pauses.observed(schedule, before);
  };
  const fail = async (times: number): Promise<void> => {
    for (let index = 0; index < times; index++) {
      const record = recordOf(`run-${index}`, clock.nowMs(), { key: 'p/s', outcome: 'failed' });
      await recorder.settle(schedule, { record, log: [], isOwed: false }, null);
    }
  };
  return { clock, ledger, actors, timetable, pauses, schedule, pauseAt, follows, observe, fail };
}

describe('a pause that another node decided on', () => {
  test('takes the schedule out of the queue here, until that node resumes it', () => {
    const { actors, timetable, schedule, pauseAt, observe } = watching();
    observe(pauseAt());
    expect([actors.sent, actors.stateOf(schedule)]).toEqual([['schedule.paused'], 'paused']);
    expect(timetable.queuedCount).toBe(0);
    observe(undefined);
    expect([actors.sent, actors.stateOf(schedule)]).toEqual([['schedule.paused', 'schedule.resumed'], 'idle']);
    expect(timetable.queuedCount).toBe(1);
  });

  test('is not seen where there is none: a faulted schedule stays so', () => {
    const { actors, timetable, schedule, observe } = watching();
    actors.send(schedule, { type: 'schedule.faulted', reason: 'it does not work' });
    timetable.plan(schedule);
    observe(undefined);
    expect([actors.sent, actors.stateOf(schedule)]).toEqual([['schedule.faulted'], 'faulted']);
    expect(timetable.queuedCount).toBe(0);
  });

  test('takes effect once, however often it is seen', () => {
    const { actors, schedule, pauseAt, observe } = watching();
    const pause = pauseAt();
    observe(pause);
    observe({ ...pause });
    observe({ ...pause, atMs: pause.atMs + 1 });
    expect(actors.sent).toEqual(['schedule.paused']);
    expect(schedule.state.pause?.atMs).toBe(pause.atMs + 1);
  });

  test('ends for its probe here too, in case that node is gone by then', async () => {
    const { clock, ledger, actors, pauseAt, observe } = watching();
    observe(pauseAt({ probeAtMs: clock.nowMs() + HOUR }));
    await clock.advance(HOUR - 1);
    expect(actors.sent).toEqual(['schedule.paused']);
    await clock.advance(1);
    expect(actors.sent).toEqual(['schedule.paused', 'schedule.resumed']);
    expect(ledger.facts('p/s', 0).life).toContainEqual(expect.objectContaining({ kind: 'resumed', note: 'probe' }));
  });
});

describe('a schedule that is resumed', () => {
  test('has not failed yet when an operator resumes it', async () => {
    const { ledger, pauses, schedule, pauseAt, fail } = watching();
    await fail(3);
    await pauses.pause(schedule, pauseAt());
    expect(ledger.schedule('p/s')?.failuresInRow).toBe(3);
    await pauses.resume(schedule);
    expect([schedule.state.failuresInRow, ledger.schedule('p/s')?.failuresInRow]).toEqual([0, 0]);
  });

  test('still counts its failures when it is resumed for a probe', async () => {
    const { clock, ledger, pauses, schedule, pauseAt, fail } = watching();
    await fail(3);
    await pauses.pause(schedule, pauseAt({ probeAtMs: clock.nowMs() + HOUR }));
    await clock.advance(HOUR);
    expect(schedule.state).toMatchObject({ failuresInRow: 3 });
    expect(schedule.state.pause).toBeUndefined();
    expect(ledger.schedule('p/s')?.failuresInRow).toBe(3);
  });

  test('skips what waited when it was paused, and does not run it when the clock was set back', async () => {
    const { clock, ledger, timetable, pauses, schedule, pauseAt } = watching();
    const startMs = clock.nowMs();
    await clock.advance(2.5 * HOUR);
    await pauses.pause(schedule, pauseAt());
    clock.stepWall(-2 * HOUR);
    await pauses.resume(schedule);
    expect(schedule.position.cursorMs).toBe(startMs + 2 * HOUR);
    expect(timetable.nextDueAtMs).toBe(startMs + 3 * HOUR);
    expect(ledger.schedule('p/s')).toMatchObject({ dueCount: 2, outcomes: { 'missed-skipped': 2 } });
  });

  test.each([0, -2 * HOUR])('owes nothing any more, also where the clock was set by %i ms meanwhile', async (byMs) => {
    const { clock, ledger, timetable, pauses, schedule, pauseAt, follows } = watching();
    const startMs = clock.nowMs();
    follows({ owed: { runId: 'lost-run', scheduledAtMs: startMs } });
    await clock.advance(2.5 * HOUR);
    await pauses.pause(schedule, pauseAt());
    clock.stepWall(byMs);
    await pauses.resume(schedule);
    expect([schedule.position.owed, ledger.schedule('p/s')?.owed]).toEqual([undefined, undefined]);
    expect(timetable.nextDueAtMs).toBe(startMs + 3 * HOUR);
  });
});
