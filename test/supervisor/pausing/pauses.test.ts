import { describe, expect, onTestFinished, test } from 'vitest';
import type { Pause } from '../../../src/machines/schedule-state.ts';
import { Pauses } from '../../../src/supervisor/pausing/pauses.ts';
import { Timetable } from '../../../src/supervisor/planning/timetable.ts';
import { define, every, VirtualEngine } from '../../support/virtual-engine.ts';

const HOUR = 3_600_000;

function watching() {
  const { clock, recorder, engine, ledger } = new VirtualEngine();
  const told: string[] = [];
  const nothing = (): void => {};
  const timetable = new Timetable(clock, {
    due: nothing,
    skipped: nothing,
    forgiven: nothing,
    waitMs: () => 0,
    isActive: () => true,
    isBusy: () => false,
    faulted: nothing,
    isQuiet: () => true,
    ticked: nothing,
    woke: nothing,
    jumped: nothing,
  });
  const pauses = new Pauses({ clock, recorder, timetable, tell: (_schedule, { type }) => told.push(type) });
  onTestFinished(() => {
    pauses.close();
    timetable.close();
  });
  const schedule = engine.add(define('p/s', every(HOUR)), undefined);
  timetable.plan(schedule);
  const pauseAt = (own: Partial<Pause> = {}): Pause => ({ atMs: clock.nowMs(), ...own });
  return { clock, ledger, told, timetable, pauses, schedule, pauseAt };
}

describe('a pause that another node decided on', () => {
  test('takes the schedule out of the queue here, until that node takes it up again', () => {
    const { told, timetable, pauses, schedule, pauseAt } = watching();
    pauses.observed(schedule, pauseAt());
    expect(told).toEqual(['schedule.paused']);
    expect(timetable.queuedCount).toBe(0);
    pauses.observed(schedule, null);
    expect(told).toEqual(['schedule.paused', 'schedule.resumed']);
    expect(timetable.queuedCount).toBe(1);
  });

  test('is told once, however often it is seen', () => {
    const { told, pauses, schedule, pauseAt } = watching();
    const pause = pauseAt();
    pauses.observed(schedule, pause);
    pauses.observed(schedule, { ...pause });
    pauses.observed(schedule, { ...pause, atMs: pause.atMs + 1 });
    expect(told).toEqual(['schedule.paused']);
    expect(schedule.pause?.atMs).toBe(pause.atMs + 1);
  });

  test('ends for its probe here as well, in case that node is gone by then', async () => {
    const { clock, ledger, told, pauses, schedule, pauseAt } = watching();
    pauses.observed(schedule, pauseAt({ probeAtMs: clock.nowMs() + HOUR }));
    await clock.advance(HOUR - 1);
    expect(told).toEqual(['schedule.paused']);
    await clock.advance(1);
    expect(told).toEqual(['schedule.paused', 'schedule.resumed']);
    expect(ledger.facts('p/s', 0).life).toContainEqual(expect.objectContaining({ kind: 'resumed', note: 'probe' }));
  });
});

test('a schedule that is taken up by hand has not failed yet', async () => {
  const { ledger, pauses, schedule, pauseAt } = watching();
  await pauses.pause(schedule, pauseAt());
  schedule.failuresInRow = 3;
  await pauses.resume(schedule);
  expect([schedule.failuresInRow, ledger.schedule('p/s')?.failuresInRow]).toEqual([0, 0]);
});

test('what waited when a schedule was paused is told as skipped, and does not run when the clock was set back', async () => {
  const { clock, ledger, pauses, schedule, pauseAt } = watching();
  const startMs = clock.nowMs();
  await clock.advance(2.5 * HOUR);
  schedule.cursorMs = startMs;
  await pauses.pause(schedule, pauseAt());
  clock.stepWall(-2 * HOUR);
  await pauses.resume(schedule);
  expect(schedule.cursorMs).toBe(startMs + 2 * HOUR);
  expect(ledger.schedule('p/s')?.outcomes).toEqual({ 'missed-skipped': 2 });
});
