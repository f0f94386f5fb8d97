import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  createScheduler,
  definePlugin,
  InvalidOptionError,
  PluginsRefusedError,
  type SchedulerOptions,
} from '../../src/index.ts';
import {
  fixture,
  newScheduler,
  nextRun,
  startScheduler,
  temporaryFolder,
  unaccounted,
} from '../support/scheduler-harness.ts';

const waiter = fixture('plugins/waiter.ts');
const beats = (ids: string[], cron: string) => ({ module: fixture('plugins/beats.ts'), options: { ids, cron } });
const code = (name: string) => expect.objectContaining({ code: `ERR_ESCAPEMENT_${name}` });

describe('createScheduler', () => {
  test.each<[unknown, string]>([
    [{ poool: {} }, 'Option "poool" is unknown: did you mean pool?'],
    [{ other: {} }, 'Option "other" is unknown: the options are plugins, '],
    [{ pool: { maxThread: 2 } }, 'Option "pool.maxThread" is unknown: did you mean maxThreads?'],
    [{ pool: { zzzzzz: 2 } }, 'is unknown: the options are minThreads, maxThreads'],
    [
      { pool: { maxThreads: 0 } },
      'Option "pool.maxThreads" is invalid: it must be a whole number from 1 to 1024, not 0.',
    ],
    [
      { budget: { wallMs: -5 } },
      'Option "budget.wallMs" is invalid: it must be a number of milliseconds above 0, not -5.',
    ],
    [{ onPluginError: 'ignore' }, 'Option "onPluginError" is invalid: it must be "throw" or "continue", not "ignore".'],
    [{ plugins: ['https://example.com/p.js'] }, 'is not on this machine'],
    [{ hostFunctions: { now: 5 } }, 'Option "hostFunctions.now" is invalid: it must be a function, not 5.'],
    [{ logger: { level: 'loud' } }, 'error, fatal or silent, not "loud".'],
    [
      { budget: 5 },
      'Option "budget" is invalid: it must be an object with wallMs, cpuMs, heapMb, graceMs, fuel, not 5.',
    ],
    [{ plugins: [{}] }, 'Option "plugins.0.module" is missing: it must be a module specifier.'],
    [
      { plugins: [{ module: './p.ts', maxConcurrent: 0 }] },
      'Option "plugins.0.maxConcurrent" is invalid: it must be a whole number from 1 to 1024, not 0.',
    ],
    [
      { plugins: [{ module: './p.ts', budget: { wallMs: -1 } }] },
      'Option "plugins.0.budget.wallMs" is invalid: it must be a number of milliseconds above 0, not -1.',
    ],
    [{ pool: { isolation: 'fork' } }, 'it must be "thread" or "process", not "fork".'],
    [
      { plugins: [{ module: './p.wasm', permissions: { allowedUrls: ['ftp://files.example.com'] } }] },
      'it must be an http: or https: URL without a user, a query and a fragment, not "ftp://files.example.com".',
    ],
    [{ plugins: [{ module: './p.wasm', permissions: { allowedUrl: [] } }] }, 'is unknown: did you mean allowedUrls?'],
    [{ pool: { processes: { evn: {} } } }, 'Option "pool.processes.evn" is unknown: did you mean env?'],
    [{ pool: { processes: { uid: -1 } } }, 'it must be a whole number from 0 to 4294967294, not -1.'],
    [{ timezone: 'Mars/Olympus' }, 'Time zone "Mars/Olympus" is unknown'],
  ])('refuses %j', async (options, message) => {
    await expect(createScheduler(options as SchedulerOptions)).rejects.toThrow(message);
  });

  test('names the option in a field', async () => {
    await expect(createScheduler({ pool: { maxQueue: 0.5 } })).rejects.toMatchObject({ option: 'pool.maxQueue' });
    await expect(createScheduler({ pool: { maxQueue: 0.5 } })).rejects.toBeInstanceOf(InvalidOptionError);
  });
});

describe('Scheduler', () => {
  test('runs the schedules of its plugins and reports their runs', async () => {
    const scheduler = await newScheduler({ plugins: [beats(['a', 'b'], '200ms')] });
    const started = once(scheduler, 'run-start');
    await scheduler.start();
    const [start] = await started;
    const run = await nextRun(scheduler, ({ key }) => key === 'beats/a');
    expect(start).toMatchObject({ key: expect.stringMatching(/^beats\/[ab]$/), threadId: expect.any(Number) });
    expect(run).toMatchObject({
      outcome: 'succeeded',
      trigger: 'clock',
      isCatchup: false,
      plugin: 'beats',
      scheduleId: 'a',
    });
    expect(run.startedAtMs).toBeGreaterThanOrEqual(run.dueAtMs);
    const { tickMs, lockMs, queueMs, startMs, totalMs } = run.lateness;
    expect(tickMs + lockMs + queueMs + startMs).toBeCloseTo(totalMs, 6);
    // The system's wall clock has whole milliseconds: between two readings the scheduler may learn up to one more.
    expect(Math.abs(totalMs - (run.startedAtMs - run.dueAtMs))).toBeLessThan(2);
    expect(await unaccounted(scheduler)).toEqual([]);
  });

  test('can be started and stopped twice, and not started again', async () => {
    const scheduler = await newScheduler({ plugins: [waiter] });
    await Promise.all([scheduler.start(), scheduler.start()]);
    const [first, second] = await Promise.all([scheduler.stop(), scheduler.stop()]);
    expect(first).toBe(second);
    await expect(scheduler.start()).rejects.toEqual(code('NOT_RUNNING'));
    await expect(scheduler.schedules()).rejects.toEqual(code('NOT_RUNNING'));
  });

  test('can be stopped before it was started, and while it starts', async () => {
    const idle = await newScheduler({ plugins: [waiter] });
    expect(await idle.stop()).toEqual({ finished: [], aborted: [], killed: [] });
    const starting = await newScheduler({ plugins: [waiter] });
    const start = starting.start();
    await starting.stop();
    await start;
  });

  test('is stopped by await using', async () => {
    const scheduler = await newScheduler({ plugins: [waiter] });
    await scheduler.start();
    const stopped = once(scheduler, 'stopped');
    await scheduler[Symbol.asyncDispose]();
    await stopped;
  });

  test('triggers one run at a time by hand, and has it in its history', async () => {
    const scheduler = await startScheduler({ plugins: [waiter] });
    const runId = await scheduler.trigger('waiter/polite');
    await once(scheduler, 'run-start');
    await expect(scheduler.trigger('waiter/polite')).rejects.toEqual(code('SCHEDULE_BUSY'));
    const quickId = await scheduler.trigger('waiter/quick');
    const quick = await nextRun(scheduler, (run) => run.runId === quickId);
    expect(quick).toMatchObject({ trigger: 'manual', outcome: 'succeeded' });
    expect(await scheduler.history({ outcome: 'succeeded' })).toEqual([quick]);
    const statuses = await scheduler.schedules();
    expect(statuses.find(({ key }) => key === 'waiter/polite')).toMatchObject({ state: 'running', dueCount: 1 });
    expect(runId).not.toBe(quickId);
  });

  test('says which schedule or plugin it does not know, and which it may mean', async () => {
    const scheduler = await startScheduler({ plugins: [waiter] });
    await expect(scheduler.trigger('waiter/quik')).rejects.toThrow(
      'Schedule "waiter/quik" is unknown: did you mean "waiter/quick"?',
    );
    await expect(scheduler.reload('waitr')).rejects.toThrow('Plugin "waitr" is unknown: did you mean "waiter"?');
  });

  test('starts nothing of a paused schedule until it is resumed', async () => {
    const scheduler = await startScheduler({ plugins: [beats(['a', 'b'], '100ms')] });
    await scheduler.pause('beats/a');
    const statusOfA = async () => (await scheduler.schedules()).find(({ key }) => key === 'beats/a');
    // A run of the schedule may still be under way.
    while ((await statusOfA())?.state !== 'paused') await nextRun(scheduler);
    const paused = await statusOfA();
    expect(paused).toMatchObject({ state: 'paused', nextOccurrenceAtMs: null });
    for (let beat = 0; beat < 5; beat++) await nextRun(scheduler, ({ key }) => key === 'beats/b');
    expect((await statusOfA())?.dueCount).toBe(paused?.dueCount);
    const resumed = nextRun(scheduler, ({ key }) => key === 'beats/a');
    await scheduler.resume('beats/a');
    expect(await resumed).toMatchObject({ trigger: 'clock', outcome: 'succeeded' });
  });

  test('moves a schedule, and says so when it is asked why', async () => {
    const { module, options } = beats(['a'], '1h');
    // At whatever minute of the hour this runs, the last occurrence was missed.
    const scheduler = await startScheduler({ plugins: [{ module, options: { ...options, missedAfterMs: 0 } }] });
    const [before] = await scheduler.schedules();
    const nextMs = before?.nextOccurrenceAtMs ?? 0;
    await scheduler.setPosition('beats/a', new Date(nextMs + 3_600_000));
    expect((await scheduler.schedules())[0]?.nextOccurrenceAtMs).toBe(nextMs + 7_200_000);
    expect(await scheduler.explain('beats/a', nextMs)).toMatchObject({
      verdict: 'passed-over',
      text: expect.stringContaining('An operator moved the schedule from'),
    });
    const again = nextRun(scheduler);
    await scheduler.setPosition('beats/a', nextMs - 3_600_001);
    expect(await again).toMatchObject({ scheduledAtMs: nextMs - 3_600_000, trigger: 'catch-up', pass: 2 });
  });

  test('lets plugins call functions of the host', async () => {
    const scheduler = await startScheduler({
      plugins: [waiter],
      hostFunctions: {
        add: (a, b) => Number(a) + Number(b),
        fail: () => {
          throw new RangeError('not today');
        },
      },
    });
    const progress = once(scheduler, 'progress');
    const run = nextRun(scheduler);
    await scheduler.trigger('waiter/chatty');
    expect((await progress)[0]).toMatchObject({ fraction: 0.5, note: 'host says 5' });
    expect(await run).toMatchObject({ outcome: 'failed', error: { name: 'RangeError', message: 'not today' } });
  });

  test('reports gauges and latencies', async () => {
    const scheduler = await startScheduler({ plugins: [beats(['a'], '100ms')], nodeId: 'n1' });
    await nextRun(scheduler);
    expect(await scheduler.stats()).toMatchObject({
      nodeId: 'n1',
      queue: { scheduled: 1, nextDueAtMs: expect.any(Number) },
      store: { name: 'memory', errors: 0, conflicts: 0 },
      plugins: { loaded: 1, refused: [] },
      lateness: { total: { count: expect.any(Number), p50Ms: expect.any(Number) } },
    });
  });
});

describe('Scheduler.stop', () => {
  test('lets runs finish, aborts those that wait for their signal, and terminates those that do not', async () => {
    const scheduler = await startScheduler({ plugins: [waiter], pool: { maxThreads: 2 } });
    for (const id of ['polite', 'deaf']) {
      const started = once(scheduler, 'run-start');
      await scheduler.trigger(`waiter/${id}`);
      await started;
    }
    const report = await scheduler.stop({ drainMs: 50 });
    expect(report).toMatchObject({
      finished: [],
      aborted: [{ key: 'waiter/polite' }],
      killed: [{ key: 'waiter/deaf' }],
    });
  });

  test('rejects what still waits for an answer', async () => {
    const scheduler = await startScheduler({ store: { module: fixture('stores/mute-store.ts'), options: {} } });
    const history = expect(scheduler.history()).rejects.toEqual(code('SUPERVISOR_DIED'));
    await scheduler.stop();
    await history;
  });
});

describe('plugins', () => {
  const write = async (name: string, text: string): Promise<string> => {
    const file = join(temporaryFolder(), name);
    await writeFile(file, text);
    return file;
  };
  const version = (label: string, schedules: string): string =>
    `export default { name: 'p', schedules: () => ${schedules}, run() { console.log('${label}'); } };`;

  test('that are refused keep the scheduler from starting, with every reason at once', async () => {
    const bad = await write(
      'bad.mjs',
      version('x', `[{ id: 's', cron: '61 * * * *' }, { id: 't', cron: '5m', jitterMs: -1 }]`),
    );
    const scheduler = await newScheduler({ plugins: [waiter, bad, '/nowhere/at-all.mjs'] });
    const refusal = await scheduler.start().catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(PluginsRefusedError);
    expect((refusal as PluginsRefusedError).errors).toHaveLength(2);
    expect(String(refusal)).toContain('Schedule "p/t": jitterMs -1 is invalid: it must be 0 or more milliseconds.');
    expect(String(refusal)).toContain('/nowhere/at-all.mjs');
  });

  test('with an expression that cannot be read are refused with schedule, field, value and reason', async () => {
    const bad = await write('bad.mjs', version('x', `[{ id: 's', cron: '61 * * * *' }]`));
    const scheduler = await newScheduler({ plugins: [bad] });
    await expect(scheduler.start()).rejects.toThrow(
      'Schedule "p/s": cron "61 * * * *" is invalid: minute 61 must be within 0–59.',
    );
  });

  test('that are refused can be left out', async () => {
    const scheduler = await newScheduler({
      plugins: ['/nowhere/at-all.mjs', beats(['a'], '100ms')],
      onPluginError: 'continue',
    });
    await scheduler.start();
    await nextRun(scheduler);
    expect(scheduler.refusedPlugins).toMatchObject([{ module: 'file:///nowhere/at-all.mjs' }]);
  });

  test('may have one name only once for a tenant and site', async () => {
    const scheduler = await newScheduler({ plugins: [waiter, waiter] });
    await expect(scheduler.start()).rejects.toThrow('Plugin "waiter": its name is already used by');
    const tenants = await newScheduler({
      plugins: [
        { module: waiter, tenantId: 'acme' },
        { module: waiter, tenantId: 'acme', siteId: 'north' },
      ],
    });
    await tenants.start();
    const keys = (await tenants.schedules()).map(({ key }) => key);
    expect(keys).toContain('waiter@acme/quick');
    expect(keys).toContain('waiter@acme:north/quick');
  });

  test('are only loaded and checked in a dry run', async () => {
    const scheduler = await startScheduler({ plugins: [beats(['a'], '1ms')], dryRun: true });
    expect(await scheduler.schedules()).toMatchObject([{ key: 'beats/a', state: 'idle', dueCount: 0 }]);
    await scheduler.uninstall('beats');
    expect(await scheduler.stats()).toMatchObject({ clock: { ticks: 0 } });
  });

  test('are found relative to baseUrl', async () => {
    const scheduler = await startScheduler({ plugins: ['../fixtures/plugins/waiter.ts'], baseUrl: import.meta.url });
    expect(await scheduler.schedules()).toHaveLength(4);
  });

  test('can be installed, reloaded and uninstalled', async () => {
    const file = await write('plugin.mjs', version('one', `[{ id: 'a', cron: '100ms' }, { id: 'b', cron: '100ms' }]`));
    const scheduler = await startScheduler({});
    expect(await scheduler.install(file)).toEqual(['p/a', 'p/b']);
    await nextRun(scheduler, ({ key }) => key === 'p/a');
    await writeFile(file, version('two', `[{ id: 'a', cron: '100ms' }, { id: 'c', cron: '100ms' }]`));
    const report = await scheduler.reload('p');
    expect([...report]).toEqual(['p/a', 'p/c']);
    expect(report).toMatchObject({ added: ['p/c'], removed: ['p/b'], changed: [], unchanged: ['p/a'] });
    await nextRun(scheduler, ({ key }) => key === 'p/c');
    await scheduler.uninstall('p');
    expect((await scheduler.schedules()).filter(({ state }) => state !== 'running')).toEqual([]);
  });

  test('that were refused are read anew when they are installed', async () => {
    const wrong = version('one', `[{ id: 'a', cron: 'never' }]`);
    const [early, late] = [await write('early.mjs', wrong), await write('late.mjs', wrong.replace("'p'", "'q'"))];
    const scheduler = await startScheduler({ plugins: [early], onPluginError: 'continue', pool: { maxThreads: 1 } });
    await expect(scheduler.install(late)).rejects.toEqual(code('INVALID_PLUGIN'));
    await writeFile(early, version('two', `[{ id: 'a', cron: '@daily' }]`));
    await writeFile(late, version('two', `[{ id: 'a', cron: '@daily' }]`).replace("'p'", "'q'"));
    expect(await scheduler.install(early)).toEqual(['p/a']);
    expect(await scheduler.install(late)).toEqual(['q/a']);
    // Threads that had the first version are not asked any more.
    const run = nextRun(scheduler, ({ key }) => key === 'p/a');
    await scheduler.trigger('p/a');
    const { runId } = await run;
    const [record] = await scheduler.history({ runId, withLog: true });
    expect(record?.log).toMatchObject([{ message: 'two' }]);
  });

  test('go on in their old version when a reload is refused', async () => {
    const file = await write('plugin.mjs', version('one', `[{ id: 'a', cron: '100ms' }]`));
    const log = join(temporaryFolder(), 'log');
    const scheduler = await startScheduler({ plugins: [file], logger: { destination: log }, pool: { maxThreads: 1 } });
    await nextRun(scheduler);
    await writeFile(file, version('two', `[{ id: 'a', cron: 'never' }]`));
    await expect(scheduler.reload('p')).rejects.toEqual(code('INVALID_PLUGIN'));
    const { runId } = await nextRun(scheduler);
    await scheduler.stop();
    const lines = (await readFile(log, 'utf8')).trimEnd().split('\n');
    const said = lines
      .map((line) => JSON.parse(line) as { runId?: string; msg: string })
      .filter((line) => line.runId === runId);
    expect(said.map(({ msg }) => msg)).toContain('one');
  });

  test('that are disabled are listed and never fall due, but can be triggered', async () => {
    const file = await write('plugin.mjs', version('one', `[{ id: 'a', cron: '100ms', enabled: false }]`));
    const scheduler = await startScheduler({ plugins: [file] });
    expect(await scheduler.schedules()).toMatchObject([{ key: 'p/a', state: 'disabled', nextOccurrenceAtMs: null }]);
    const run = nextRun(scheduler);
    await scheduler.trigger('p/a');
    expect(await run).toMatchObject({ trigger: 'manual' });
  });
});

describe('definePlugin', () => {
  test('returns what it was given', () => {
    const plugin = { name: 'p', schedules: () => [], run: () => {} };
    expect(definePlugin(plugin)).toBe(plugin);
  });
});
