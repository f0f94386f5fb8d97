import { describe, expect, test } from 'vitest';
import { checkDeclaration } from '../../../src/supervisor/schedules/plugin-declaration.ts';

const nightly = { id: 'nightly', cron: '@daily' };
const declared = (...schedules: unknown[]) => checkDeclaration({ name: 'reports', priority: undefined, schedules });

/** A config that refers to one object again and again, and so has a text of 2 ** 26 characters and more. */
let explosive: unknown = ['x'];
for (let level = 0; level < 26; level += 1) explosive = [explosive, explosive];
const LONG = 'x'.repeat(100_000_000);
const circle: { self?: unknown } = {};
circle.self = circle;

describe('a declaration without measure', () => {
  test.each<[string, () => unknown, string]>([
    ['more schedules than can be', () => new Array(4_294_967_295), 'it must return at most 100,000.'],
    [
      'a config that explodes',
      () => [{ ...nightly, config: explosive }],
      '(its text is longer than 262,144 characters).',
    ],
    [
      'a config that is a long hole',
      () => [{ ...nightly, config: new Array(4_294_967_295) }],
      '(its text is longer than 262,144 characters).',
    ],
    [
      'a config that contains itself',
      () => [{ ...nightly, config: circle }],
      '(self is an object that contains itself).',
    ],
    ['a very long id', () => [{ ...nightly, id: LONG }], 'is invalid: it must be a letter or digit'],
    ['a very long expression', () => [{ ...nightly, cron: LONG }], 'is invalid: it must be an interval'],
    [
      'a very long description',
      () => [{ ...nightly, description: LONG }],
      'is invalid: it must be a string of up to 4,096 characters.',
    ],
    [
      'very many unknown fields',
      () => [{ ...nightly, ...Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`f${n}`, n])) }],
      'field f0 is unknown',
    ],
    ['a very long field', () => [{ ...nightly, [LONG]: 1 }], '… is unknown: the fields are id, cron'],
  ])('is refused in one short sentence: %s', (_, schedules, problem) => {
    const problems = checkDeclaration({ name: 'reports', priority: undefined, schedules: schedules() }) as string[];
    expect(problems).toEqual([expect.stringContaining(problem)]);
    expect(problems[0]?.length).toBeLessThan(700);
  });

  test('is refused for a very long name', () => {
    const [problem] = checkDeclaration({ name: LONG, priority: LONG, schedules: LONG }) as string[];
    expect(problem?.length).toBeLessThan(500);
  });

  test('is refused with the first of ten thousand problems', () => {
    const problems = declared(...Array.from({ length: 10_000 }, () => ({ id: 'a b', cron: 5 }))) as string[];
    expect(problems).toHaveLength(21);
    expect(problems.at(-1)).toBe('There are more problems than the 20 that are listed here.');
  });

  test('is refused when all configs together are too long', () => {
    const config = 'x'.repeat(200_000);
    const schedules = Array.from({ length: 400 }, (_, index) => ({ id: `s${index}`, cron: '1h', config }));
    expect(declared(...schedules)).toEqual([
      'Plugin "reports": the configs of its schedules are too long: together they must have at most 64 MiB of JSON text.',
    ]);
  });
});

describe('the declaration of a plugin', () => {
  test('is taken as it is, with a priority if it has none', () => {
    expect(declared({ ...nightly, timezone: undefined })).toEqual({
      name: 'reports',
      about: { provides: [], requires: [] },
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
      'missedAfterMs',
      { ...nightly, missedAfterMs: '1m' },
      'Schedule "reports/nightly": missedAfterMs "1m" is invalid: it must be 0 or more milliseconds.',
    ],
    [
      'maxCatchup',
      { ...nightly, maxCatchup: 1.5 },
      'Schedule "reports/nightly": maxCatchup 1.5 is invalid: it must be a whole number that is 0 or more.',
    ],
    [
      'config',
      { ...nightly, config: { rate: Number.NaN } },
      'Schedule "reports/nightly": config { rate: NaN } is invalid: it must be a JSON value of up to 256 KiB (rate is NaN, which is not a JSON number).',
    ],
    [
      'budget',
      { ...nightly, budget: { wallMs: 0 } },
      'Schedule "reports/nightly": budget.wallMs 0 is invalid: it must be a number of milliseconds above 0.',
    ],
    [
      'watch',
      { ...nightly, watch: { maxSilenceMs: 999 } },
      'Schedule "reports/nightly": watch.maxSilenceMs 999 is invalid: it must be a number of milliseconds from 1,000 to 315,576,000,000 (ten years).',
    ],
    [
      'watch without a limit',
      { ...nightly, watch: {} },
      'Schedule "reports/nightly": watch.maxSilenceMs is missing: it must be a number of milliseconds from 1,000 to 315,576,000,000 (ten years).',
    ],
    [
      'schedule',
      'nightly',
      'Schedule "reports/0": "nightly" is invalid: it must be an object with at least id and cron.',
    ],
  ])('is refused for a wrong %s, with what it must be', (_, schedule, problem) => {
    expect(declared(schedule)).toEqual([problem]);
  });

  test('is refused for an unknown field, with the one that was meant', () => {
    expect(declared({ ...nightly, budget: { wall: 5 } })).toEqual([
      'Schedule "reports/nightly": field budget.wall is unknown: did you mean wallMs?',
    ]);
  });

  test('has a watch, whose other fields are unknown', () => {
    const watch = { maxSilenceMs: 60_000 };
    expect(declared({ ...nightly, watch })).toMatchObject({ schedules: [{ ...nightly, watch }] });
    expect(declared({ ...nightly, watch: { ...watch, sinceMs: 5 } })).toEqual([
      'Schedule "reports/nightly": field watch.sinceMs is unknown: the fields are maxSilenceMs.',
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
