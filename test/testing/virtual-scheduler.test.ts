import { describe, expect, test } from 'vitest';
import { PluginsRefusedError } from '../../src/errors.ts';
import type { Schedule, ScheduledPlugin, ScheduledRunContext } from '../../src/plugin.ts';
import { createVirtualScheduler, type VirtualSchedulerOptions } from '../../src/testing/index.ts';
import { decisionLine, runLine } from './history-lines.ts';

const START = '2026-03-05T00:00:00Z';

function plugin(
  run: ScheduledPlugin['run'],
  schedules: readonly Schedule[] = [{ id: 's', cron: '0 * * * *' }],
): ScheduledPlugin {
  return { name: 'p', schedules: () => schedules, run };
}

async function running(given: ScheduledPlugin, options: Partial<VirtualSchedulerOptions> = {}) {
  const scheduler = await createVirtualScheduler({ plugins: [given], startAt: START, ...options });
  await scheduler.start();
  return scheduler;
}

const untilAborted = ({ signal }: ScheduledRunContext): Promise<void> =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

describe('the virtual scheduler', () => {
  test('lets a day pass at once, and runs what the calendar has', async () => {
    const seen: number[] = [];
    const scheduler = await running(
      plugin(
        (ctx) => seen.push(ctx.scheduledAtMs),
        [
          { id: 'a', cron: '0 */6 * * *' },
          { id: 'b', cron: '30 12 * * *' },
        ],
      ),
    );
    await scheduler.advance('1d');
    expect(scheduler.runs.map((run) => `${run.runId} ${run.scheduleId} ${runLine(run)}`)).toEqual([
      'run-1 a 06:00',
      'run-2 a 12:00',
      'run-3 b 12:30',
      'run-4 a 18:00',
    ]);
    expect(scheduler.now).toBe(Date.parse('2026-03-06T00:00:00Z'));
    // The run of midnight has begun, and takes a millisecond.
    await scheduler.advance(1);
    expect(scheduler.runs.length).toBe(5);
    expect(seen).toEqual(scheduler.runs.map(({ scheduledAtMs }) => scheduledAtMs));
  });

  test('gives a run the same context as production', async () => {
    const contexts: ScheduledRunContext[] = [];
    const place = { tenantId: 't', siteId: 's', options: { colour: 'blue' } };
    const scheduler = await createVirtualScheduler({
      plugins: [
        {
          plugin: ({ options }) => ({
            name: 'p',
            schedules: () => [{ id: 's', cron: '1h', config: options }],
            run: async (ctx) => {
              contexts.push(ctx);
              ctx.log.info({ colour: 'blue' }, 'painting');
              ctx.progress(0.5);
              ctx.log.info(`mixed with ${await ctx.host['mix']?.('red')}`);
            },
          }),
          ...place,
        },
      ],
      startAt: START,
      hostFunctions: { mix: async (other) => `${other} it is violet` },
      budget: { wallMs: 2_000 },
    });
    await scheduler.start();
    await scheduler.advance('1h');
    await scheduler.advance(10);
    const scheduledAtMs = Date.parse('2026-03-05T01:00:00Z');
    expect(contexts).toMatchObject([
      { scheduleId: 's', runId: 'run-1', runCount: 1, isCatchup: false, scheduledAtMs, tenantId: 't', siteId: 's' },
    ]);
    expect(contexts).toMatchObject([{ config: { colour: 'blue' }, deadlineMs: scheduledAtMs + 2_000 }]);
    expect(await scheduler.history({ key: 'p@t:s/s', withLog: true })).toMatchObject([
      {
        log: [
          { level: 'info', message: 'painting', fields: { colour: 'blue' }, atMs: scheduledAtMs },
          { message: 'mixed with red it is violet' },
        ],
      },
    ]);
  });

  test('refuses what production refuses', async () => {
    const scheduler = await createVirtualScheduler({
      plugins: [plugin(() => {}, [{ id: 's', cron: '61 * * * *' }])],
      startAt: START,
    });
    const refusal = await scheduler.start().catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(PluginsRefusedError);
    expect(String(refusal)).toContain('minute 61');
    await expect(scheduler.schedules()).rejects.toThrow('not running');
  });

  test.each([
    ['advance', '1 hour', '"1 hour" is refused: an interval must be a whole number and a unit'],
    ['advance', -1, '-1 must be a number of milliseconds, 0 or more'],
    ['suspend', '1x', '"1x" is refused: an interval must be a whole number and a unit'],
  ] as const)('refuses to %s by %s', async (method, by, reason) => {
    const scheduler = await running(plugin(() => {}));
    await expect(scheduler[method](by)).rejects.toThrow(`Option "${method}" is invalid: ${reason}`);
  });

  test('refuses to explain what is not an instant', async () => {
    const scheduler = await running(plugin(() => {}));
    await expect(scheduler.explain('p/s', 'noon')).rejects.toThrow('Option "at" is invalid: "noon" must be');
  });

  test.each<[unknown, string]>([
    [undefined, 'Option "plugins" is invalid: it must be an array of plugins.'],
    [{ plugins: [], thread: 1 }, 'Option "thread" is invalid: there is no such option: did you mean "threads"?'],
    [{ plugins: [], threads: 0 }, 'Option "threads" is invalid: it must be a whole number of at least 1, not 0.'],
    [{ plugins: [], seed: 'x' }, 'Option "seed" is invalid: it must be a whole number of at least 0, not "x".'],
    [{ plugins: [], startAt: null }, 'Option "startAt" is invalid: null must be epoch milliseconds'],
  ])('refuses wrong options: %j', async (options, message) => {
    await expect(createVirtualScheduler(options as never)).rejects.toThrow(message);
  });

  test('gives the same history for the same seed, and a different one for another', async () => {
    const history = async (seed: number): Promise<string> => {
      const scheduler = await running(
        plugin(() => {}),
        { seed, runMs: (_ctx, random) => random() * 1_000 },
      );
      await scheduler.advance('1d');
      return JSON.stringify(scheduler.runs);
    };
    expect(await history(7)).toBe(await history(7));
    expect(await history(7)).not.toBe(await history(8));
  });

  test('counts runs from one again after a restart, while totals continue', async () => {
    const counts: number[] = [];
    const scheduler = await running(plugin((ctx) => counts.push(ctx.runCount)));
    await scheduler.advance('150m');
    await scheduler.crash();
    await scheduler.restart();
    await scheduler.advance('2h');
    expect(counts).toEqual([1, 2, 1, 2]);
    expect(await scheduler.schedules()).toMatchObject([{ dueCount: 4, runCount: 2, outcomes: { succeeded: 4 } }]);
    expect([...new Set(scheduler.runs.map(({ nodeId }) => nodeId))]).toEqual(['node-1', 'node-2']);
  });

  test('starts only once, and restarts only when it is down', async () => {
    const scheduler = await running(plugin(() => {}));
    await expect(scheduler.start()).rejects.toThrow('running');
    await expect(scheduler.restart()).rejects.toThrow('stop or crash it first');
    await scheduler.stop();
    await expect(scheduler.crash()).rejects.toThrow('not running');
  });
});

describe('a run in virtual time', () => {
  test('that throws ends as failed', async () => {
    const scheduler = await running(
      plugin(() => {
        throw new RangeError('out of paint');
      }),
    );
    await scheduler.advance('61m');
    expect(scheduler.runs).toMatchObject([
      { outcome: 'failed', error: { name: 'RangeError', message: 'out of paint' }, threadId: 1 },
    ]);
  });

  test('lasts as long as runMs says', async () => {
    const scheduler = await running(
      plugin(() => {}),
      { runMs: 90_000 },
    );
    await scheduler.advance('61m');
    expect(scheduler.runs).toEqual([]);
    await scheduler.advance('30s');
    const [run] = scheduler.runs;
    expect((run?.finishedAtMs ?? 0) - (run?.startedAtMs ?? 0)).toBe(90_000);
  });

  test('holds the clock in real time while it does real work', async () => {
    const turns = async (): Promise<void> => {
      for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    };
    const scheduler = await running(plugin(turns));
    await scheduler.advance('61m');
    expect(scheduler.runs.map(runLine)).toEqual(['01:00']);
  });

  test('that takes longer than its budget is aborted and ends as timed-out', async () => {
    const reasons: unknown[] = [];
    const given = plugin(async (ctx) => {
      ctx.signal.addEventListener('abort', () => reasons.push(ctx.signal.reason.reason));
    });
    const scheduler = await running(given, { runMs: 120_000, budget: { wallMs: 60_000 } });
    await scheduler.advance('62m');
    expect(reasons).toEqual(['wall-budget']);
    expect(scheduler.runs).toMatchObject([{ outcome: 'timed-out', finishedAtMs: Date.parse('2026-03-05T01:01:00Z') }]);
  });

  test('that hangs until it is aborted ends as timed-out at its budget', async () => {
    const scheduler = await running(plugin(untilAborted), { budget: { wallMs: 60_000 } });
    await scheduler.advance('62m');
    expect(scheduler.runs).toMatchObject([{ outcome: 'timed-out', finishedAtMs: Date.parse('2026-03-05T01:01:00Z') }]);
    expect((await scheduler.stats()).pool.threadsReplaced).toBe(0);
  });

  test('that never settles is given up after the grace', async () => {
    const scheduler = await running(
      plugin(() => new Promise(() => {})),
      { budget: { wallMs: 60_000, graceMs: 5_000 } },
    );
    await scheduler.advance('62m');
    expect(scheduler.runs).toMatchObject([{ outcome: 'timed-out', finishedAtMs: Date.parse('2026-03-05T01:01:05Z') }]);
    expect((await scheduler.stats()).pool).toMatchObject({ running: 0, threadsReplaced: 1 });
  });

  test('may finish during a stop, and is aborted when that takes too long', async () => {
    const given = plugin(() => {}, [
      { id: 'short', cron: '0 1 * * *' },
      { id: 'long', cron: '0 1 * * *' },
      { id: 'waiting', cron: '0 1 * * *' },
    ]);
    const scheduler = await running(given, { runMs: ({ scheduleId }) => (scheduleId === 'short' ? 3_000 : 60_000) });
    await scheduler.advance('1h');
    const report = await scheduler.stop({ drain: '5s' });
    expect(report).toMatchObject({ finished: [{ key: 'p/short' }], killed: [] });
    expect(report.aborted.map(({ key }) => key).toSorted()).toEqual(['p/long', 'p/waiting']);
    expect(scheduler.now).toBe(Date.parse('2026-03-05T01:00:05Z'));
    expect(scheduler.runs.map(({ scheduleId, outcome }) => `${scheduleId} ${outcome}`).toSorted()).toEqual([
      'long aborted',
      'short succeeded',
      'waiting aborted',
    ]);
  });

  test('that is still under way when the next occurrence falls due makes it an overlap', async () => {
    const scheduler = await running(
      plugin(() => {}),
      { runMs: 90 * 60_000, budget: { wallMs: 10_000_000 } },
    );
    await scheduler.advance('3h');
    expect(scheduler.runs.map(runLine)).toEqual(['01:00']);
    expect(scheduler.decisions.map(decisionLine)).toEqual(['overlap 1']);
  });

  test('waits for a thread in the order of priority, even ahead of one that came earlier', async () => {
    const started: string[] = [];
    const named = (name: string, priority: number, cron = '0 0 1 * * *'): ScheduledPlugin => ({
      name,
      priority,
      schedules: () => [{ id: 's', cron }],
      run: () => started.push(name),
    });
    const plugins = [named('last', 5), named('first', 2), named('third', 3), named('second', 1, '1 0 1 * * *')];
    const scheduler = await createVirtualScheduler({ plugins, startAt: START, threads: 1, runMs: 2_000 });
    await scheduler.start();
    await scheduler.advance('61m');
    expect(started).toEqual(['first', 'second', 'third', 'last']);
  });

  test('ends as pool-full when too many wait', async () => {
    const schedules = ['a', 'b', 'c', 'd'].map((id) => ({ id, cron: '0 1 * * *' }));
    const scheduler = await running(
      plugin(() => {}, schedules),
      { threads: 1, maxQueue: 2 },
    );
    await scheduler.advance('61m');
    expect(scheduler.runs.map(({ scheduleId, outcome }) => `${scheduleId} ${outcome}`)).toEqual([
      'd pool-full',
      'a succeeded',
      'b succeeded',
      'c succeeded',
    ]);
  });
});

describe('the cleanup() of a plugin', () => {
  test('is called at a stop but not at a crash, and makes a warning of what it throws', async () => {
    let cleanups = 0;
    const given: ScheduledPlugin = {
      ...plugin(() => {}),
      cleanup: () => {
        cleanups += 1;
        throw new Error('the drain is clogged');
      },
    };
    const scheduler = await running(given);
    await scheduler.crash();
    expect(cleanups).toBe(0);
    await scheduler.restart();
    await scheduler.stop();
    expect(cleanups).toBe(1);
    expect(scheduler.warnings).toMatchObject([{ code: 'cleanup-failed' }]);
  });
});
