import { describe, expect, test } from 'vitest';
import type { Schedule } from '../../../src/plugin.ts';
import type { ScheduleDefinition } from '../../../src/supervisor/schedules/definition.ts';
import { defineSchedule } from '../../../src/supervisor/schedules/definition.ts';
import { SharedTerms } from '../../../src/supervisor/schedules/shared-terms.ts';

const NOW_MS = Date.parse('2026-03-28T12:00:00Z');
const HOUR_MS = 3_600_000;

const defaults = {
  plugin: 'reports',
  priority: 1_000,
  source: { id: 'plugin-1', module: 'file:///reports.ts', resolveFrom: 'file:///', options: null, tenantId: 'acme' },
  timezone: 'UTC',
  budget: { wallMs: 60_000, cpuMs: 1_000, heapMb: 512, graceMs: 1_000, fuel: 1e11 },
  nowMs: NOW_MS,
};

function define(schedule: Schedule, shared = new SharedTerms(defaults)): ScheduleDefinition | string {
  const result = defineSchedule(schedule, shared, defaults);
  return 'key' in result ? result : result.join('\n');
}

function defined(schedule: Schedule, shared?: SharedTerms): ScheduleDefinition {
  const definition = define(schedule, shared);
  if (typeof definition === 'string') throw new Error(definition);
  return definition;
}

describe('a schedule as it is defined', () => {
  test('inherits the zone and the budget, and has a default for every field', () => {
    expect(defined({ id: 'nightly', cron: '@daily', budget: { wallMs: 5_000 } })).toMatchObject({
      key: 'reports@acme/nightly',
      timezone: 'UTC',
      budget: { wallMs: 5_000, cpuMs: 1_000, heapMb: 512, graceMs: 1_000, fuel: 1e11 },
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
    const shared = new SharedTerms(defaults);
    const calm = defined({ id: 'calm', cron: '@hourly' }, shared).recurrence;
    const jittery = defined({ id: 'jittery', cron: '@hourly', jitterMs: HOUR_MS }, shared).recurrence;
    const nextMs = calm.next(NOW_MS);
    expect(jittery.next(NOW_MS)).toBe(nextMs);
    expect(calm.dueAt(nextMs)).toBe(nextMs);
    expect(jittery.dueAt(nextMs)).toBeGreaterThan(nextMs);
  });

  test('is kept with the times that it declares today', () => {
    const declared = defined({ id: 'nightly', cron: '@daily', timezone: 'Europe/Paris', missedRunPolicy: 'skip' });
    expect(declared.times).toMatchObject({
      cron: '@daily',
      timezone: 'Europe/Paris',
      jitterMs: 0,
      missedRunPolicy: 'skip',
      isEnabled: true,
    });
  });

  test('shares with its like everything but its key', () => {
    const shared = new SharedTerms(defaults);
    const cron = (): string => ['0 0', '1 6 *'].join(' ');
    const [first, second] = ['first', 'second'].map((id) =>
      defined({ id, cron: cron(), missedRunPolicy: 'skip', budget: { wallMs: 5_000 } }, shared),
    ) as [ScheduleDefinition, ScheduleDefinition];
    expect([first.key, second.key]).toEqual(['reports@acme/first', 'reports@acme/second']);
    expect(second.identity).toEqual({ plugin: 'reports', scheduleId: 'second', tenantId: 'acme' });
    for (const part of ['times', 'recurrence', 'missed', 'budget', 'declared', 'source'] as const) {
      expect(second[part]).toBe(first[part]);
    }
  });

  test('has a config and a description of its own, and shares the rest even so', () => {
    const shared = new SharedTerms(defaults);
    const plain = defined({ id: 'plain', cron: '@daily' }, shared);
    const own = defined({ id: 'own', cron: '@daily', config: { limit: 5 }, description: 'Every day' }, shared);
    expect(own.declared).toEqual({ config: { limit: 5 }, description: 'Every day' });
    expect(plain.declared).toEqual({});
    expect([own.times, own.missed, own.budget]).toEqual([plain.times, plain.missed, plain.budget]);
    expect(own.times).toBe(plain.times);
  });

  test('has times of its own where an H makes them from its key', () => {
    const shared = new SharedTerms(defaults);
    const first = defined({ id: 'first', cron: 'H H * * *' }, shared);
    const second = defined({ id: 'second', cron: 'H H * * *' }, shared);
    expect(second.recurrence.next(NOW_MS)).not.toBe(first.recurrence.next(NOW_MS));
  });
});
