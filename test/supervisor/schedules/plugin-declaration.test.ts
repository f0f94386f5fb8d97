import { describe, expect, test } from 'vitest';
import { checkDeclaration } from '../../../src/supervisor/schedules/plugin-declaration.ts';

const nightly = { id: 'nightly', cron: '@daily' };
const declared = (...schedules: unknown[]) => checkDeclaration({ name: 'reports', priority: undefined, schedules });

describe('the declaration of a plugin', () => {
  test('is taken as it is, with a priority if it has none', () => {
    expect(declared({ ...nightly, timezone: undefined })).toEqual({
      name: 'reports',
      priority: 1_000,
      schedules: [nightly],
    });
  });

  test.each<[string, unknown, string]>([
    [
      'id',
      { ...nightly, id: 'a b' },
      'Schedule "reports/a b": id "a b" is invalid: it must be a letter or digit, followed by up to 127 letters, digits, ".", "_" or "-".',
    ],
    [
      'cron',
      { id: 'nightly' },
      'Schedule "reports/nightly": cron is missing: it must be an interval ("30s"), a cron expression of 5 or 6 fields, or a nickname ("@daily").',
    ],
    [
      'missedRunPolicy',
      { ...nightly, missedRunPolicy: 'all' },
      'Schedule "reports/nightly": missedRunPolicy "all" is invalid: it must be "run-once", "skip" or "run-all".',
    ],
    [
      'maxCatchup',
      { ...nightly, maxCatchup: 1.5 },
      'Schedule "reports/nightly": maxCatchup 1.5 is invalid: it must be a whole number that is 0 or more.',
    ],
    [
      'config',
      { ...nightly, config: { rate: Number.NaN } },
      'Schedule "reports/nightly": config { rate: NaN } is invalid: it must be a JSON value of up to 256 KiB (NaN is not a JSON number).',
    ],
    [
      'budget',
      { ...nightly, budget: { wallMs: 0 } },
      'Schedule "reports/nightly": budget.wallMs 0 is invalid: it must be a number of milliseconds above 0.',
    ],
    [
      'schedule',
      'nightly',
      'Schedule "reports/0": "nightly" is invalid: it must be an object with at least id and cron.',
    ],
  ])('is refused for a wrong %s, with what it must be', (_, schedule, problem) => {
    expect(declared(schedule)).toEqual([problem]);
  });

  test('is refused for an unknown field, with those that there are', () => {
    expect(declared({ ...nightly, budget: { wall: 5 } })).toEqual([
      'Schedule "reports/nightly": field budget.wall is unknown: the fields are wallMs, cpuMs, heapMb, graceMs.',
    ]);
  });

  test('is refused for two schedules with one id', () => {
    expect(declared(nightly, nightly)).toEqual([
      'Schedule "reports/nightly": id is used twice: it must be unique in the plugin.',
    ]);
  });

  test('is refused with every problem at once', () => {
    expect(checkDeclaration({ name: '', priority: 'high', schedules: {} })).toEqual([
      'Plugin "": name "" is invalid: it must be a letter or digit, followed by up to 127 letters, digits, ".", "_" or "-".',
      'Plugin "": priority "high" is invalid: it must be a whole number (the lowest runs first).',
      'Plugin "": schedules() returned {}: it must return an array of schedules.',
    ]);
  });
});
