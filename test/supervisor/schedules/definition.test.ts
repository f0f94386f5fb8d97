import { describe, expect, test } from 'vitest';
import type { Schedule } from '../../../src/plugin.ts';
import { Calendars } from '../../../src/supervisor/schedules/calendars.ts';
import type { ScheduleDefinition } from '../../../src/supervisor/schedules/definition.ts';
import { declaredTimes, defineSchedule } from '../../../src/supervisor/schedules/definition.ts';

const NOW_MS = Date.parse('2026-03-28T12:00:00Z');
const HOUR_MS = 3_600_000;

const defaults = {
  plugin: 'reports',
  priority: 1_000,
  source: { id: 'plugin-1', module: 'file:///reports.ts', resolveFrom: 'file:///', options: null, tenantId: 'acme' },
  timezone: 'UTC',
  budget: { wallMs: 60_000, cpuMs: 1_000, heapMb: 512, graceMs: 1_000 },
  nowMs: NOW_MS,
};

function define(schedule: Schedule, calendars = new Calendars()): ScheduleDefinition | string {
  return defineSchedule(schedule, { ...defaults, calendars });
}

function defined(schedule: Schedule, calendars?: Calendars): ScheduleDefinition {
  const definition = define(schedule, calendars);
  if (typeof definition === 'string') throw new Error(definition);
  return definition;
}

describe('a schedule as it is defined', () => {
  test('inherits the zone and the budget, and has a default for every field', () => {
    expect(defined({ id: 'nightly', cron: '@daily', budget: { wallMs: 5_000 } })).toMatchObject({
      key: 'reports@acme/nightly',
      timezone: 'UTC',
      budget: { wallMs: 5_000, cpuMs: 1_000, heapMb: 512, graceMs: 1_000 },
      missed: { policy: 'run-once', maxCatchup: Number.POSITIVE_INFINITY, maxLateMs: Number.POSITIVE_INFINITY },
      locking: 'require-global',
      isEnabled: true,
    });
  });

  test('says how late is missed only if it is declared', () => {
    expect(defined({ id: 'nightly', cron: '@daily', missedAfterMs: 5 }).missed).toHaveProperty('missedAfterMs', 5);
    expect(defined({ id: 'nightly', cron: '@daily' }).missed).not.toHaveProperty('missedAfterMs');
  });

  test.each<[string, Schedule, string]>([
    [
      'zone',
      { id: 'nightly', cron: '@daily', timezone: 'Europe/Parise' },
      'timezone "Europe/Parise" is unknown: did you mean "Europe/Paris"?',
    ],
    ['expression', { id: 'nightly', cron: '30 feb' }, 'cron "30 feb" is invalid: '],
  ])('names itself when its %s is wrong', (_, schedule, problem) => {
    expect(define(schedule)).toContain(`Schedule "reports@acme/nightly": ${problem}`);
  });

  test('keeps its own jitter, although it shares its calendar', () => {
    const calendars = new Calendars();
    const calm = defined({ id: 'calm', cron: '@hourly' }, calendars).recurrence;
    const jittery = defined({ id: 'jittery', cron: '@hourly', jitterMs: HOUR_MS }, calendars).recurrence;
    const nextMs = calm.next(NOW_MS);
    expect(jittery.next(NOW_MS)).toBe(nextMs);
    expect(calm.dueAt(nextMs)).toBe(nextMs);
    expect(jittery.dueAt(nextMs)).toBeGreaterThan(nextMs);
  });

  test('is kept with the times that it declares today', () => {
    const declared = defined({ id: 'nightly', cron: '@daily', timezone: 'Europe/Paris', missedRunPolicy: 'skip' });
    expect(declaredTimes(declared)).toMatchObject({
      cron: '@daily',
      timezone: 'Europe/Paris',
      jitterMs: 0,
      missedRunPolicy: 'skip',
      isEnabled: true,
    });
  });
});
