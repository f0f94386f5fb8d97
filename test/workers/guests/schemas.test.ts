/** What becomes of schemas that answer in other ways than those of well-known libraries. */
import { describe, expect, test } from 'vitest';
import type { StandardIssue, StandardSchema } from '../../../src/plugin.ts';
import { checkedConfigs, checkedOptions } from '../../../src/workers/guests/schemas.ts';
import { source } from '../../support/pool-harness.ts';

const PLUGIN = source('empty.ts');

function schema(validate: (value: unknown) => unknown): unknown {
  return { '~standard': { version: 1, vendor: 'test', validate } };
}

const refusing = (...issues: StandardIssue[]) => schema(() => ({ issues }));
const configs = (given: unknown, ...schedules: unknown[]) => checkedConfigs(given, schedules, PLUGIN);

describe('the schema of the configs', () => {
  test('sees undefined where a schedule has none, and may fill it in', async () => {
    const filling = schema((value) => ({ value: value ?? 'filled' }));
    expect(await configs(filling, { id: 'a' }, { id: 'b', config: null }, { id: 'c', config: 'own' })).toEqual({
      schedules: [
        { id: 'a', config: 'filled' },
        { id: 'b', config: 'filled' },
        { id: 'c', config: 'own' },
      ],
    });
  });

  test('may be a function, as those of arktype are', async () => {
    const callable = Object.assign(() => {}, schema((value) => ({ value })) as StandardSchema);
    expect(await configs(callable, { id: 'a', config: 1 })).toEqual({ schedules: [{ id: 'a', config: 1 }] });
  });

  test('is awaited', async () => {
    const slow = schema(async () => ({ value: 'later' }));
    expect(await configs(slow, { id: 'a' })).toEqual({ schedules: [{ id: 'a', config: 'later' }] });
  });

  test.each([
    [[{ message: 'Is missing' }], 'config is invalid: Is missing'],
    [[{ message: 'Is missing.', path: ['a', 0, { key: 'b c' }] }], 'config.a[0]["b c"] is invalid: Is missing'],
    [[{ message: 'Is missing', path: [Symbol('s')] }], 'config["Symbol(s)"] is invalid: Is missing'],
    [[], 'config is invalid'],
  ])('names what is wrong: %j', async (issues: StandardIssue[], problem) => {
    const schedule = { id: 'a', config: 1 };
    expect(await configs(refusing(...issues), schedule)).toEqual({
      schedules: [schedule],
      configProblems: [{ index: 0, problem }],
    });
  });

  test.each([
    ['no issue', [null, 'text', {}], 'config is invalid'],
    ['a message that is no text', [{ message: Symbol('s') }, { message: { toString: null } }], 'config is invalid'],
    [
      'a path that is no list',
      [
        { message: 'No', path: null },
        { message: 'No', path: 'a.b' },
      ],
      'config is invalid: No',
    ],
    ['several lines', [{ message: ' No,\n  neither\r\nthis.\n' }], 'config is invalid: No, neither this'],
  ])('may keep to its interface by half: %s', async (_, issues, problem) => {
    const { configProblems } = await configs(
      schema(() => ({ issues })),
      { id: 'a' },
    );
    expect(configProblems).toEqual(issues.map(() => ({ index: 0, problem })));
  });

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['neither value nor issues', {}],
    ['issues that are no list', { issues: 'several' }],
    ['a value beside issues that are no list', { value: 1, issues: { length: 1 } }],
  ])('lets no config pass by an answer that says nothing: %s', async (_, answer) => {
    const reason = 'the schema of its config failed: TypeError: validate() returned neither { value } nor { issues }';
    await expect(
      configs(
        schema(() => answer),
        { id: 'a', config: 1 },
      ),
    ).rejects.toMatchObject({ name: 'PluginLoadError', reason: expect.stringContaining(reason) });
  });

  test('must make JSON of a config, because that is what runs get', async () => {
    const dated = schema(() => ({ value: { from: { day: new Date(0) } } }));
    expect(await configs(dated, { id: 'a' })).toMatchObject({
      configProblems: [{ problem: 'config is invalid: its schema must make JSON of it, but from.day is a Date' }],
    });
  });

  test('is no longer asked when more is wrong than is listed', async () => {
    let asked = 0;
    const counting = schema(() => {
      asked += 1;
      return { issues: [{ message: 'No' }] };
    });
    const { configProblems } = await configs(counting, ...Array.from({ length: 1_000 }, () => ({ id: 'a' })));
    expect(configProblems).toHaveLength(21);
    expect(asked).toBe(21);
  });

  test('leaves to others what is no schedule', async () => {
    expect(await configs(refusing({ message: 'No' }), 5, null)).toEqual({ schedules: [5, null] });
    expect(await checkedConfigs(refusing(), 'none', PLUGIN)).toEqual({ schedules: 'none' });
  });

  test.each([
    ['an object of its own', { type: 'object' }],
    ['nothing', null],
    ['a text', 'object'],
    ['half of the interface', { '~standard': { version: 1 } }],
  ])('is refused when it is %s', async (_, given) => {
    await expect(configs(given, { id: 'a' })).rejects.toThrow(
      'the schema of its config has no "~standard".validate(): it must be a Standard Schema',
    );
  });

  test('that fails itself is refused with its cause', async () => {
    const failing = schema(() => {
      throw new TypeError('no such table');
    });
    await expect(configs(failing, { id: 'a' })).rejects.toMatchObject({
      name: 'PluginLoadError',
      reason: expect.stringMatching(/^the schema of its config failed: TypeError: no such table \(at \S+:\d+\)$/),
      cause: { message: 'no such table' },
    });
  });
});

describe('the schema of the options', () => {
  test('may make anything of them', async () => {
    const since = new Date(0);
    expect(
      await checkedOptions(
        schema(() => ({ value: { since } })),
        PLUGIN,
      ),
    ).toEqual({ since });
  });

  test('refuses them with every issue', async () => {
    const two = refusing({ message: 'No', path: ['a'] }, { message: 'Neither', path: ['b'] });
    await expect(checkedOptions(two, PLUGIN)).rejects.toMatchObject({
      reason: 'options.a is invalid: No; options.b is invalid: Neither',
    });
  });
});
