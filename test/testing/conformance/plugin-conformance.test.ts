import { describe, expect, test } from 'vitest';
import { type PluginConformanceOptions, pluginConformance } from '../../../src/testing/index.ts';
import { reasonOf } from '../../../src/wire/error-record.ts';
import { FREE_AT, GuestFolder, text } from '../../support/guest-text.ts';

const MODULE = new URL('../../fixtures/conformance/flawed-plugin.ts', import.meta.url).href;

/** The rules that a plugin with this flaw breaks, and how. */
async function broken(flaw: string | null, options?: PluginConformanceOptions): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { name, run } of await pluginConformance({ module: MODULE, options: flaw }, options)) {
    await run().catch((error: unknown) => found.push(`${name}: ${reasonOf(error)}`));
  }
  return found;
}

describe('the conformance of a plugin', { timeout: 60_000 }, () => {
  test('has a case for every part of the contract, and says what it found', async () => {
    const cases = await pluginConformance(MODULE);
    const notes: (string | undefined)[] = [];
    for (const { run, note } of cases) {
      await run();
      notes.push(note?.());
    }
    expect(cases.map(({ name }) => name)).toEqual([
      'loads, and declares what is right',
      'has the same name whenever it is loaded',
      'declares the same schedules whenever it is loaded',
      'plugin/job runs',
      'plugin/job runs as a catch-up',
      'plugin/job ends within its grace when it is aborted',
      'plugin/job leaves nothing behind',
      'plugin/job logs no more than a run may',
      'cleans up in time',
    ]);
    expect(notes).toMatchObject([
      'schedules: 1',
      'plugin',
      undefined,
      expect.stringMatching(/ ms$/),
      expect.stringMatching(/ ms$/),
      expect.any(String),
      undefined,
      'lines: 1',
      undefined,
    ]);
  });

  test('takes a guest through it, with the functions that every plugin has, and its fuel', async () => {
    using folder = new GuestFolder();
    const args = text(FREE_AT, '[null, "at", 5]');
    const guest = folder.add({
      imports: '(import "extism:host/user" "kv_set" (func $kv_set (param i64) (result i64)))',
      // It fails unless its entry is kept.
      run: `(i64.eqz (call $kv_set ${args.put}))`,
      more: args.data,
    });
    const cases = await pluginConformance(guest);
    for (const { run } of cases) await run();

    const fuel = cases.find(({ name }) => name === 'guest/s ends when its fuel is used up');
    expect(fuel?.note?.()).toMatch(/^instructions: \d{3,}$/);
  });

  test.each<[string, RegExp]>([
    ['name', /^has the same name whenever it is loaded: it had the names plugin-/],
    ['list', /^declares the same schedules whenever it is loaded: a schedule came, went or changed: \{"id":"job"/],
    ['catch-up', /^plugin\/job runs as a catch-up: the run ended as failed: not made for catch-ups$/],
    ['timer', /^plugin\/job leaves nothing behind: The thread of a run of schedule "plugin\/job" is replaced/],
    ['abort', /^plugin\/job ends within its grace when it is aborted: the run went on after its grace/],
    ['output', /^plugin\/job logs no more than a run may: \d+ lines were dropped$/],
    ['cleanup', /^cleans up in time: still open$/],
  ])('finds a plugin with a flaw: %s', async (flaw, problem) => {
    const found = await broken(flaw);
    expect(found).toEqual([expect.stringMatching(problem)]);
  });

  test('gives the plugin the functions of the host', async () => {
    const asked: unknown[] = [];
    const answer = async (...args: readonly unknown[]): Promise<null> => {
      asked.push(args);
      return null;
    };
    expect(await broken('host', { hostFunctions: { answer } })).toEqual([]);
    expect(asked).toContainEqual([1]);
  });

  test('has one case for a plugin that is refused', async () => {
    const [first, ...others] = await pluginConformance(new URL('missing.ts', import.meta.url).href);
    expect(others).toEqual([]);
    await expect(first?.run()).rejects.toThrow(/cannot be loaded/);
  });
});
