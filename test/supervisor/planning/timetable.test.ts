import { describe, expect, onTestFinished, test } from 'vitest';
import type { MissedRunPolicy } from '../../../src/plugin.ts';
import { Timetable } from '../../../src/supervisor/planning/timetable.ts';
import { ScheduleRegistry } from '../../../src/supervisor/schedules/registry.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { define, every, missedRules } from '../../support/virtual-engine.ts';

const HOUR = 3_600_000;

/** A timetable of one hourly schedule that owes a lost run, and what it tells. */
function owing(policy: MissedRunPolicy) {
  const clock = new VirtualClock();
  const told: string[] = [];
  const timetable = new Timetable(clock, {
    due: (_schedule, { trigger }) => told.push(`due ${trigger}`),
    skipped: (_schedule, { count }) => told.push(`skipped ${count}`),
    forgiven: () => told.push('forgiven'),
    waitMs: () => 0,
    isActive: () => true,
    isBusy: () => false,
    faulted: (_schedule, error) => told.push(`faulted ${error}`),
    isQuiet: () => true,
    ticked: () => {},
    woke: () => {},
    jumped: () => {},
  });
  onTestFinished(() => timetable.close());
  const schedule = new ScheduleRegistry().add(
    define('p/s', every(HOUR), { missed: missedRules(policy) }),
    clock.nowMs(),
  );
  schedule.owed = { runId: 'lost-run', scheduledAtMs: clock.nowMs() };
  timetable.plan(schedule);
  return { clock, timetable, schedule, told };
}

describe('Timetable', () => {
  test('tells that a lost run is given up when nothing else happens', async () => {
    const { clock, timetable, schedule, told } = owing('skip');
    timetable.start();
    await clock.advance(1_000);
    expect(told).toEqual(['forgiven']);
    expect(schedule.owed).toBeNull();
  });

  test('does not tell it apart from occurrences that are skipped, as they say it as well', async () => {
    const { clock, timetable, schedule, told } = owing('skip');
    clock.suspend(1.5 * HOUR);
    timetable.start();
    await clock.advance(1_000);
    expect(told).toEqual(['skipped 1']);
    expect(schedule.owed).toBeNull();
  });
});
