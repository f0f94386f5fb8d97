import { EventEmitter, on, once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Scheduler, SchedulerWarning } from '../../src/index.ts';
import type { DoomedOptions } from '../fixtures/backends/doomed-locking.ts';
import { liveInSession } from '../support/live-processes.ts';
import {
  fixture,
  newScheduler,
  nextRun,
  nextRuns,
  startScheduler,
  temporaryFolder,
  unaccounted,
} from '../support/scheduler-harness.ts';

function doomed(way: DoomedOptions['way'], deaths: number) {
  return {
    plugins: [{ module: fixture('plugins/beats.ts'), options: { ids: ['doom', 'other'], cron: '500ms' } }],
    locking: {
      module: fixture('backends/doomed-locking.ts'),
      options: { way, deaths, counterFile: join(temporaryFolder(), 'deaths') },
    },
  };
}

/** The message of the next restart. A storm of faults is told before it. */
async function restarted(scheduler: Scheduler): Promise<string> {
  for await (const [warning] of on(scheduler, 'warning')) {
    const { code, message } = warning as SchedulerWarning;
    if (code === 'supervisor-restarted') return message;
  }
  return expect.unreachable();
}

describe('a fault in the supervisor thread', () => {
  test.each(['throw', 'reject'] as const)('by %s is a warning with its cause, and the thread goes on', async (way) => {
    const scheduler = await startScheduler(doomed(way, 1));
    const codes: string[] = [];
    scheduler.on('warning', ({ code }) => codes.push(code));
    const [warning] = await once(scheduler, 'warning');
    expect(warning).toMatchObject({
      code: 'supervisor-fault',
      error: { message: expect.stringMatching(/in the supervisor thread$/) },
    });
    await nextRun(scheduler, ({ key, trigger }) => key === 'beats/doom' && trigger === 'clock');
    expect(codes).toEqual(['supervisor-fault']);
  });
});

describe('a supervisor thread that dies', () => {
  test.each(['storm', 'exit', 'heap'] as const)(
    'by %s is started again, and every schedule goes on',
    // A busy machine needs long to fill a whole heap.
    { timeout: 40_000 },
    async (way) => {
      const scheduler = await startScheduler(doomed(way, 1));
      const message = await restarted(scheduler);
      expect(message).toMatch(/^The supervisor thread ended: /);
      const runs = await nextRuns(scheduler, 4, ({ trigger }) => trigger === 'clock');
      expect(new Set(runs.map(({ key }) => key))).toEqual(new Set(['beats/doom', 'beats/other']));
      expect(await unaccounted(scheduler)).toEqual([]);
    },
  );

  test.runIf(process.platform === 'linux')(
    'takes its child processes with it, before another run of their schedules begins',
    { timeout: 60_000 },
    async () => {
      const endless = { module: fixture('plugins/endless-beats.ts'), options: { cron: '1s' } };
      const doom = { module: fixture('plugins/beats.ts'), options: { ids: ['doom'], cron: '9000w' } };
      const { locking } = doomed('exit', 1);
      const options = { plugins: [endless, doom], locking, pool: { isolation: 'process', maxThreads: 2 } } as const;
      const scheduler = await newScheduler(options);
      const starts: { readonly pid: number; readonly earlierAlive: number[] }[] = [];
      const startedOnce = Promise.withResolvers<void>();
      const startedTwice = Promise.withResolvers<void>();
      scheduler.on('run-start', ({ key, threadId: pid }) => {
        if (!key.startsWith('endless-beats')) return;
        starts.push({ pid, earlierAlive: starts.flatMap((start) => liveInSession(start.pid)) });
        (starts.length === 1 ? startedOnce : startedTwice).resolve();
      });

      await scheduler.start();
      await startedOnce.promise;
      await scheduler.trigger('beats/doom');
      await startedTwice.promise;

      expect(starts.map(({ earlierAlive }) => earlierAlive)).toEqual([[], []]);
      expect(starts[0]?.pid).not.toBe(starts[1]?.pid);
    },
  );

  test('by standing still is noticed, ended and started again', { timeout: 40_000 }, async () => {
    const scheduler = await startScheduler(doomed('block', 1));
    const [warning] = await once(scheduler, 'warning');
    expect(warning).toMatchObject({
      code: 'supervisor-restarted',
      message: 'The supervisor thread ended: its clock stood still for 10 s.',
    });
    await nextRun(scheduler, ({ key, trigger }) => key === 'beats/doom' && trigger === 'clock');
  });

  test('is given time to load its plugins when it is started again', { timeout: 60_000 }, async () => {
    const { locking } = doomed('exit', 1);
    const slow = {
      module: fixture('plugins/slow-to-reload.ts'),
      options: { folder: temporaryFolder(), loadMs: 13_000 },
    };
    const doom = { module: fixture('plugins/beats.ts'), options: { ids: ['doom'], cron: '500ms' } };
    const scheduler = await startScheduler({ plugins: [slow, doom], locking, pool: { loadTimeoutMs: 40_000 } });
    const [warning] = await once(scheduler, 'warning');
    expect(warning.message).toBe('The supervisor thread ended: exit code 3.');
    expect((await scheduler.schedules()).map(({ key }) => key)).toContain('slow-to-reload/only');
  });

  test('leaves what it knew to the next one: pauses, counters, history, and plugins that were installed later', {
    timeout: 60_000,
  }, async () => {
    const beats = { module: fixture('plugins/beats.ts'), options: { ids: ['a', 'b'], cron: '500ms' } };
    const scheduler = await startScheduler({ ...doomed('exit', 1), plugins: [beats] });
    await scheduler.pause('beats/b');
    const first = await nextRun(scheduler, ({ key }) => key === 'beats/a');
    await scheduler.install({
      module: fixture('plugins/beats.ts'),
      options: { name: 'late', ids: ['doom'], cron: '500ms' },
    });
    await once(scheduler, 'warning');
    await nextRun(scheduler, ({ key }) => key === 'late/doom');
    const statuses = await scheduler.schedules();
    expect(statuses.map(({ key }) => key).toSorted()).toEqual(['beats/a', 'beats/b', 'late/doom']);
    expect(statuses.find(({ key }) => key === 'beats/b')).toMatchObject({ state: 'paused' });
    expect(await scheduler.history({ runId: first.runId })).toEqual([first]);
    // A run may settle between two requests.
    const counted = async (): Promise<number> => (await scheduler.history({ key: 'beats/a', limit: 1_000 })).length;
    const before = await counted();
    const runCount = (await scheduler.schedules()).find(({ key }) => key === 'beats/a')?.runCount;
    expect(runCount).toBeGreaterThanOrEqual(before);
    expect(runCount).toBeLessThanOrEqual(await counted());
  });

  test('leaves nothing to the next one that the host did to what it gave or heard', { timeout: 60_000 }, async () => {
    const { locking } = doomed('exit', 1);
    const options = { ids: ['doom'], cron: '9000w' };
    const counter = { ...locking.options };
    const missing = join(temporaryFolder(), 'cure');
    const scheduler = await newScheduler({
      plugins: [
        { module: fixture('plugins/beats.ts'), options },
        { module: fixture('plugins/falters.ts'), options: { cron: '9000w', cure: missing } },
      ],
      locking: { ...locking, options: counter },
    });
    const spoil = (event: object): void => {
      Object.assign(event, { outcome: 'ignored', lateness: null, describe: () => 'what the host has made of it' });
    };
    for (const name of ['run', 'run-start', 'notice', 'decision'] as const) scheduler.on(name, spoil);
    const starting = scheduler.start();
    Object.assign(options, { describe: () => {} });
    Object.assign(counter, { describe: () => {} });
    options.ids.push('extra');
    await starting;
    const ended = once(scheduler, 'run');
    await scheduler.trigger('falters/often');
    await ended;
    const before = await scheduler.history();
    expect(before).toMatchObject([{ outcome: 'failed', error: { message: 'no paper' } }]);
    const next = Promise.race([restarted(scheduler), once(scheduler, 'error').then(([error]) => String(error))]);
    await scheduler.trigger('beats/doom').catch(() => {});
    expect(await next).toBe('The supervisor thread ended: exit code 3.');
    expect(await scheduler.history({ key: 'falters/often' })).toEqual(before);
    const statuses = await scheduler.schedules();
    expect(statuses.map(({ key }) => key).toSorted()).toEqual(['beats/doom', 'falters/often']);
    expect(statuses.find(({ key }) => key === 'falters/often')?.lastRun).toEqual(before[0]);
  });

  test('is not answered any more: its calls of host functions are not mistaken for those of the next one', async () => {
    const [first, second] = [Promise.withResolvers<number>(), Promise.withResolvers<number>()];
    const answers = [first.promise, second.promise];
    const calls = new EventEmitter();
    const { locking } = doomed('exit', 1);
    const doom = { module: fixture('plugins/beats.ts'), options: { ids: ['doom'], cron: '9000w' } };
    const scheduler = await startScheduler({
      plugins: [fixture('plugins/waiter.ts'), doom],
      locking,
      hostFunctions: {
        add: () => {
          calls.emit('add');
          return answers.shift();
        },
      },
    });
    const callAdd = async (): Promise<void> => {
      const called = once(calls, 'add');
      await scheduler.trigger('waiter/chatty');
      await called;
    };
    await callAdd();
    const restarted = once(scheduler, 'warning');
    await scheduler.trigger('beats/doom');
    await restarted;
    await callAdd();
    const progressed = once(scheduler, 'progress');
    first.resolve(1);
    second.resolve(2);
    expect(await progressed).toMatchObject([{ note: 'host says 2' }]);
  });

  test('more than five times a minute ends the scheduler with an error', { timeout: 90_000 }, async () => {
    const scheduler = await newScheduler(doomed('exit', 100));
    const restarts: string[] = [];
    scheduler.on('warning', ({ code }) => restarts.push(code));
    const failed = once(scheduler, 'error', { signal: AbortSignal.timeout(80_000) }).catch((error: unknown) => [error]);
    scheduler.once('error', () => {});
    await scheduler.start();
    const [error] = await failed;
    expect(error).toMatchObject({ code: 'ERR_ESCAPEMENT_SUPERVISOR_DIED' });
    expect(restarts.filter((code) => code === 'supervisor-restarted').length).toBe(5);
    await expect(scheduler.schedules()).rejects.toMatchObject({ code: 'ERR_ESCAPEMENT_NOT_RUNNING' });
  });
});
