/** The schemas of a plugin, of two libraries, in the pool thread that loads it. */
import { describe, expect, test } from 'vitest';
import { InvalidPluginError, type JsonValue, PluginsRefusedError } from '../../src/index.ts';
import { fixture, newScheduler, nextRuns, startScheduler } from '../support/scheduler-harness.ts';

const SINCE = '2026-03-01';

async function refusals(library: string, options?: JsonValue): Promise<readonly Error[]> {
  const module = fixture(`plugins/checked-by-${library}.ts`);
  const scheduler = await newScheduler({ plugins: [{ module, ...(options !== undefined && { options }) }] });
  const error: unknown = await scheduler.start().catch((reason: unknown) => reason);
  return error instanceof PluginsRefusedError ? error.errors : [];
}

describe.each(['zod', 'valibot'])('a plugin with schemas of %s', { timeout: 60_000 }, (library) => {
  test('gets in every thread what they make of its options, and in runs what they make of its configs', async () => {
    const reports: JsonValue[][] = [];
    const scheduler = await startScheduler({
      plugins: [{ module: fixture(`plugins/checked-by-${library}.ts`), options: { since: SINCE } }],
      hostFunctions: { report: (...args) => reports.push(args) },
      pool: { minThreads: 2, maxThreads: 2 },
    });
    const ended = nextRuns(scheduler, 2);
    await Promise.all([scheduler.trigger('checked/plain'), scheduler.trigger('checked/coerced')]);

    expect((await ended).map(({ outcome }) => outcome)).toEqual(['succeeded', 'succeeded']);
    expect(reports.toSorted()).toEqual([
      ['a', 1, Date.parse(SINCE)],
      ['b', 2, Date.parse(SINCE)],
    ]);
  });

  test('is refused for wrong configs, with the key of the schedule and every path', async () => {
    const [error] = await refusals(library, { since: SINCE, isBroken: true });

    expect(error).toBeInstanceOf(InvalidPluginError);
    expect((error as InvalidPluginError).problems).toEqual([
      expect.stringMatching(/^Schedule "checked\/coerced": config\.path is invalid: Too .*[^.]\.$/),
      expect.stringMatching(/^Schedule "checked\/coerced": config\.copies is invalid: .*>=1.*\.$/),
    ]);
  });

  test('is refused for wrong options, with every path', async () => {
    const [error] = await refusals(library, { since: 'yesterday', isBroken: 'no' });

    expect(error?.name).toBe('PluginLoadError');
    expect(error?.message).toMatch(/: options\.since is invalid: [^;]+; options\.isBroken is invalid: [^;]+[^.]\.$/);
  });

  test('is refused without the options that it needs', async () => {
    const [error] = await refusals(library);

    expect(error?.message).toMatch(/ cannot be loaded: options is invalid: .*undefined/);
  });
});
