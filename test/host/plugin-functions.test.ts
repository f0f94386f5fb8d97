/** The functions that plugins call, on real threads and processes. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  createScheduler,
  type HistoryRecord,
  type JsonValue,
  type PluginOption,
  type Scheduler,
  sqliteStore,
  withCaller,
} from '../../src/index.ts';
import { fixture, nextRun, startScheduler, temporaryFolder } from '../support/scheduler-harness.ts';
import { webServer } from '../support/servers/web-server.ts';

type Step = readonly [name: string, ...args: JsonValue[]];

function plugin(steps: readonly Step[], own: Partial<Exclude<PluginOption, string>> = {}): PluginOption {
  return { module: fixture('plugins/uses-functions.ts'), ...own, options: { steps, ...(own.options as object) } };
}

/** Triggers a run, and resolves to what its steps were answered. */
async function answersOf(scheduler: Scheduler, key = 'uses-functions/steps'): Promise<unknown[]> {
  const ended = nextRun(scheduler, (run) => run.key === key);
  const runId = await scheduler.trigger(key);
  expect(await ended).toMatchObject({ runId, outcome: 'succeeded' });
  const [record] = (await scheduler.history({ runId, withLog: true })) as [HistoryRecord];
  return (record.log ?? []).map(({ fields }) => fields?.['answer']);
}

describe.each(['thread', 'process'] as const)('a plugin in a %s', (isolation) => {
  test('keeps, fetches, measures and calls the host', { timeout: 30_000 }, async () => {
    const server = await webServer(({ method, body }, response) => response.end(`${method} ${body}`));
    const scheduler = await startScheduler({
      pool: { isolation, maxThreads: 2 },
      hostFunctions: {
        add: (a, b) => Number(a) + Number(b),
        'cache.purge': withCaller(async (args, caller) => ({ args, caller })),
      },
      plugins: [
        plugin(
          [
            ['kv.set', 'a/1', { rows: 3 }],
            ['kv.set', 'a/2', 'ü', { namespace: 'common' }],
            ['kv.get', 'a/1'],
            ['kv.get', 'a/2'],
            ['kv.get', 'a/2', { namespace: 'common' }],
            ['kv.list'],
            ['kv.list', 'a/', { namespace: 'common', limit: 1 }],
            ['kv.delete', 'a/1'],
            ['kv.delete', 'a/1'],
            ['kv.get', 'a/1', { namespace: 'secrets' }],
            ['kv.set', '', 1],
            ['fetch', `${server.url}/in`, { method: 'POST', body: 'x', headers: { 'x-a': 'b' } }],
            ['fetch', 'https://example.com/'],
            ['metric', 'rows', 3, { table: 'a' }],
            ['metric', 'rows', 5, { table: 'a' }],
            ['add', 2, 3],
            ['cache.purge', { plugin: 'forged' }, 2],
          ],
          { tenantId: 't', permissions: { kvNamespaces: ['common'], allowedUrls: [`${server.url}/in`] } },
        ),
      ],
    });
    const key = 'uses-functions@t/steps';
    const answers = await answersOf(scheduler, key);
    const [history] = await scheduler.history({ key });
    expect(answers).toMatchObject(
      [
        undefined,
        undefined,
        { rows: 3 },
        null,
        'ü',
        { keys: ['a/1'], next: null },
        { keys: ['a/2'], next: null },
        true,
        false,
        { name: 'HostCallError', code: 'ERR_ESCAPEMENT_CALL_DENIED', message: /^kv\.get: / },
        { code: 'ERR_ESCAPEMENT_CALL_INVALID', message: 'kv.set: its key must have 1 to 512 bytes in UTF-8, not 0.' },
        { status: 200, body: 'POST x', isTruncated: false },
        { code: 'ERR_ESCAPEMENT_CALL_DENIED' },
        undefined,
        undefined,
        5,
        {
          args: [{ plugin: 'forged' }, 2],
          caller: {
            plugin: 'uses-functions',
            scheduleId: 'steps',
            tenantId: 't',
            runId: history?.runId,
            key,
          },
        },
      ].map((each) => (isError(each) ? expect.objectContaining(withPattern(each)) : each)),
    );
    expect((await scheduler.stats()).metrics).toMatchObject([
      {
        plugin: 'uses-functions',
        tenantId: 't',
        name: 'rows',
        tags: { table: 'a' },
        count: 2,
        sum: 8,
        min: 3,
        max: 5,
        last: 5,
      },
    ]);
  });
});

function isError(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && 'code' in value;
}

function withPattern({ message, ...rest }: Record<string, unknown>): Record<string, unknown> {
  if (message === undefined) return rest;
  return { ...rest, message: message instanceof RegExp ? expect.stringMatching(message) : message };
}

describe('what a plugin keeps', () => {
  test('outlives a reload, and in a file also the scheduler', { timeout: 30_000 }, async () => {
    const store = sqliteStore({ path: join(temporaryFolder(), 'store.db') });
    const steps: Step[] = [
      ['kv.get', 'k'],
      ['kv.set', 'k', { n: 1 }],
    ];
    const first = await startScheduler({ plugins: [plugin(steps)], store });
    expect(await answersOf(first)).toEqual([null, undefined]);
    await first.reload('uses-functions');
    expect((await answersOf(first))[0]).toEqual({ n: 1 });
    await first.stop();
    const later = await startScheduler({ plugins: [plugin(steps)], store });
    expect((await answersOf(later))[0]).toEqual({ n: 1 });
  });

  test('is not seen by another tenant of the same plugin', async () => {
    const steps: Step[] = [
      ['kv.get', 'k'],
      ['kv.set', 'k', 1],
    ];
    const scheduler = await startScheduler({
      plugins: [plugin(steps, { tenantId: 'a' }), plugin(steps, { tenantId: 'b' })],
    });
    for (const tenant of ['a', 'b']) {
      expect((await answersOf(scheduler, `uses-functions@${tenant}/steps`))[0]).toBeNull();
    }
    expect((await answersOf(scheduler, 'uses-functions@a/steps'))[0]).toBe(1);
  });
});

describe('a function of the host', () => {
  test.each(['kv', 'fetch', 'metric', 'kv.get', 'kv.anything'])('cannot be called %s', async (name) => {
    await expect(createScheduler({ hostFunctions: { [name]: () => 1 } })).rejects.toMatchObject({
      code: 'ERR_ESCAPEMENT_INVALID_OPTION',
      message: expect.stringContaining(`Option "hostFunctions.${name}" is invalid: plugins have a built-in function`),
    });
  });

  test('may be called nearly so', async () => {
    await createScheduler({ hostFunctions: { kvx: () => 1, fetchRows: () => 1, 'metric.rows': () => 1 } });
  });

  test('is refused to a plugin that was granted others', async () => {
    const called: unknown[] = [];
    const hostFunctions = { one: () => 1, other: () => called.push('other') };
    const steps: Step[] = [['one'], ['other']];
    const scheduler = await startScheduler({
      hostFunctions,
      plugins: [plugin(steps, { permissions: { hostFunctions: ['one'] } })],
    });
    expect(await answersOf(scheduler)).toMatchObject([1, { code: 'ERR_ESCAPEMENT_CALL_DENIED' }]);
    expect(called).toEqual([]);
  });
});
