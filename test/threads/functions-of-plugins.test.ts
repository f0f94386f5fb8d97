import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { HistoryRecord, Scheduler } from '../../src/index.ts';
import { fixture, newScheduler, nextRun, temporaryFolder } from '../support/scheduler-harness.ts';

describe('the built-in functions', () => {
  test('work while the host is blocked', { timeout: 40_000 }, async () => {
    const program = fileURLToPath(fixture('programs/blocked-functions.ts'));
    const { stdout } = await promisify(execFile)(process.execPath, [program, fixture('plugins/uses-functions.ts')]);
    const { run, isDone } = JSON.parse(stdout) as { run: HistoryRecord; isDone: boolean };
    expect(isDone).toBe(true);
    expect(run.outcome).toBe('succeeded');
    const answers = run.log?.map(({ fields }) => fields?.['answer']);
    expect(answers).toMatchObject([
      undefined,
      { status: 200, body: 'from another thread' },
      1,
      undefined,
      { keys: ['k'] },
      { status: 200 },
    ]);
  });
});

/** A scheduler whose supervisor thread dies when `beats/doom` is triggered, once. */
async function doomedScheduler(steps: readonly unknown[], hostFunctions = {}): Promise<Scheduler> {
  const scheduler = await newScheduler({
    plugins: [
      { module: fixture('plugins/uses-functions.ts'), options: { steps } as never },
      { module: fixture('plugins/beats.ts'), options: { ids: ['doom'], cron: '9000w' } },
    ],
    hostFunctions,
    locking: {
      module: fixture('backends/doomed-locking.ts'),
      options: { way: 'exit', deaths: 1, counterFile: join(temporaryFolder(), 'deaths') },
    },
  });
  await scheduler.start();
  return scheduler;
}

async function kill(scheduler: Scheduler): Promise<void> {
  const restarted = once(scheduler, 'warning');
  await scheduler.trigger('beats/doom').catch(() => {});
  expect((await restarted)[0]).toMatchObject({ code: 'supervisor-restarted' });
}

async function answersOf(scheduler: Scheduler): Promise<unknown[]> {
  const ended = nextRun(scheduler, ({ key }) => key === 'uses-functions/steps');
  const runId = await scheduler.trigger('uses-functions/steps');
  expect(await ended).toMatchObject({ runId, outcome: 'succeeded' });
  const [record] = await scheduler.history({ runId, withLog: true });
  return (record?.log ?? []).map(({ fields }) => fields?.['answer']);
}

describe('a supervisor thread that dies', { timeout: 40_000 }, () => {
  test('leaves what plugins keep in memory to the next one', async () => {
    const scheduler = await doomedScheduler([
      ['kv.get', 'k'],
      ['kv.set', 'k', 1],
      ['kv.set', 'gone', 2],
      ['kv.delete', 'gone'],
      ['kv.list'],
    ]);
    expect((await answersOf(scheduler))[0]).toBeNull();
    await kill(scheduler);
    expect(await answersOf(scheduler)).toMatchObject([1, undefined, undefined, true, { keys: ['k'] }]);
  });

  test('in the middle of calls of kv loses the run, and no value that the host has heard of', async () => {
    const scheduler = await doomedScheduler([['kv.get', 'count']]);
    const started = once(scheduler, 'run-start');
    const runId = await scheduler.trigger('uses-functions/counts');
    await started;
    // Runs of another schedule call kv meanwhile, and hear of what is counted.
    let [count] = await answersOf(scheduler);
    while (Number(count ?? 0) < 20) [count] = await answersOf(scheduler);
    const lost = nextRun(scheduler, (run) => run.runId === runId);
    await kill(scheduler);
    expect(await lost).toMatchObject({ outcome: 'lost' });
    expect(Number((await answersOf(scheduler))[0])).toBeGreaterThanOrEqual(Number(count));
  });

  test('in the middle of a call of the host loses the run, and the next one is answered', async () => {
    const called: (() => void)[] = [];
    const asked = Promise.withResolvers<void>();
    const hostFunctions = {
      wait: () =>
        new Promise((resolve) => {
          called.push(() => resolve(called.length));
          asked.resolve();
        }),
    };
    const scheduler = await doomedScheduler([['wait']], hostFunctions);
    const runId = await scheduler.trigger('uses-functions/steps');
    await asked.promise;
    const lost = nextRun(scheduler, (run) => run.runId === runId);
    await kill(scheduler);
    expect(await lost).toMatchObject({ outcome: 'lost' });
    called[0]?.();
    const ended = answersOf(scheduler);
    while (called.length < 2) await new Promise((resolve) => setImmediate(resolve));
    called[1]?.();
    expect(await ended).toEqual([2]);
  });
});
