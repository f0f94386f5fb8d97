import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { BackendDescription, Scheduler, StopReport } from '../../src/index.ts';
import type { StubbornOptions } from '../fixtures/stores/stubborn-store.ts';
import { fixture, newScheduler, nextRun, startScheduler, temporaryFolder } from '../support/scheduler-harness.ts';

const waiter = fixture('plugins/waiter.ts');
const NOTHING = { finished: [], aborted: [], killed: [] };

function stubborn(call: StubbornOptions['call'], way: StubbornOptions['way']): { readonly store: BackendDescription } {
  return { store: { module: fixture('stores/stubborn-store.ts'), options: { call, way } } };
}

/** A scheduler with a run that ends only when it is aborted. */
async function withRun(options: Parameters<typeof startScheduler>[0]): Promise<Scheduler> {
  const scheduler = await startScheduler({ plugins: [waiter], ...options });
  const started = once(scheduler, 'run-start');
  await scheduler.trigger('waiter/polite');
  await started;
  return scheduler;
}

describe('Scheduler.stop with wrong options', () => {
  test('refuses them and changes nothing: a right stop works later', { timeout: 40_000 }, async () => {
    const scheduler = await startScheduler({ plugins: [waiter] });
    const wrongDrains = [Number.NaN, '10s', -1, null, Number.POSITIVE_INFINITY].map((drainMs) => ({ drainMs }));
    for (const wrong of [...wrongDrains, { drain: 5 }, null, []]) {
      await expect(scheduler.stop(wrong as never)).rejects.toMatchObject({ code: 'ERR_ESCAPEMENT_INVALID_OPTION' });
    }
    expect(await scheduler.schedules()).toHaveLength(4);
    expect(await scheduler.stop({ drainMs: 0 })).toEqual(NOTHING);
  });
});

// Each starts and ends real threads, some of which hang until the limit of the stop.
describe('Scheduler.stop', { timeout: 40_000 }, () => {
  test.each(['hang', 'throw'] as const)('reports a store whose close() does %s', async (way) => {
    const scheduler = await startScheduler(stubborn('close', way));
    const { notEnded } = await scheduler.stop({ drainMs: 0 });
    expect(notEnded).toEqual([{ what: 'store', reason: expect.stringMatching(/did not answer|not today/) }]);
  });

  test('reports a lock backend that does not close', async () => {
    const locking = { module: fixture('backends/stubborn-locking.ts'), options: {} };
    const scheduler = await startScheduler({ locking });
    const { notEnded } = await scheduler.stop({ drainMs: 0 });
    expect(notEnded).toMatchObject([{ what: 'locks' }]);
  });

  test.each(['block', 'exit'] as const)(
    'ends a supervisor whose close() does %s, and starts no other one',
    async (way) => {
      const scheduler = await withRun({ ...stubborn('close', way), plugins: [waiter] });
      const restarts: string[] = [];
      scheduler.on('warning', ({ code }) => restarts.push(code));
      expect(await scheduler.stop({ drainMs: 0 })).toMatchObject({ finished: [] });
      expect(restarts).toEqual([]);
    },
  );

  test('names the runs of a thread that stands still as killed', async () => {
    const scheduler = await withRun({
      plugins: [waiter, { module: fixture('plugins/beats.ts'), options: { ids: ['doom'], cron: '9000w' } }],
      locking: {
        module: fixture('backends/doomed-locking.ts'),
        options: { way: 'block', deaths: 1, counterFile: join(temporaryFolder(), 'deaths') },
      },
    });
    void scheduler.trigger('beats/doom').catch(() => {});
    expect(await scheduler.stop({ drainMs: 0 })).toMatchObject({ killed: [{ key: 'waiter/polite' }] });
  });

  test('lets a run finish whose thread loads its plugin', async () => {
    const options = { folder: temporaryFolder(), loadMs: 1_000 };
    const scheduler = await startScheduler({ plugins: [{ module: fixture('plugins/slow-to-reload.ts'), options }] });
    // After that every thread has to load it.
    await scheduler.reload('slow-to-reload');
    const ran = nextRun(scheduler);
    await scheduler.trigger('slow-to-reload/only');
    await scheduler.stop({ drainMs: 30_000 });
    expect(await ran).toMatchObject({ outcome: 'succeeded' });
  });

  test.each([
    ['a store that never opens', stubborn('open', 'hang')],
    ['a store that blocks its thread', stubborn('open', 'block')],
    ['a plugin that hangs at its import', { plugins: [fixture('plugins/import-hangs.mjs')] }],
  ])('gives up a start that hangs in %s', async (_, options) => {
    const scheduler = await newScheduler(options);
    const start = expect(scheduler.start()).rejects.toMatchObject({
      code: expect.stringMatching(/NOT_RUNNING|SUPERVISOR_DIED/),
    });
    expect(await scheduler.stop({ drainMs: 0 })).toMatchObject(NOTHING);
    await start;
  });

  test('leaves no rejection behind when nobody has awaited the start', async () => {
    const scheduler = await newScheduler(stubborn('open', 'hang'));
    void scheduler.start();
    await scheduler.stop({ drainMs: 0 });
  });

  test('may be called by a listener, and twice', async () => {
    const scheduler = await startScheduler({ plugins: [waiter] });
    const stopping = new Promise<StopReport[]>((resolve) => {
      scheduler.once('run-start', () => resolve(Promise.all([scheduler.stop({ drainMs: 0 }), scheduler.stop()])));
    });
    await scheduler.trigger('waiter/polite');
    const [first, second] = await stopping;
    expect(first).toMatchObject({ aborted: [{ key: 'waiter/polite' }] });
    expect(second).toBe(first);
  });

  test('waits for the longest grace of the runs, not for that of the scheduler', async () => {
    const scheduler = await startScheduler({ plugins: [waiter], budget: { graceMs: 0 } });
    const started = once(scheduler, 'run-start');
    await scheduler.trigger('waiter/deaf');
    await started;
    expect(await scheduler.stop({ drainMs: 0 })).toEqual({
      ...NOTHING,
      killed: [{ key: 'waiter/deaf', runId: expect.any(String) }],
    });
  });

  test('resolves while a thread sits in a system call, and says so', async () => {
    const fifo = join(temporaryFolder(), 'fifo');
    execFileSync('mkfifo', [fifo]);
    const program = new URL('../fixtures/programs/stopped-in-a-system-call.ts', import.meta.url).pathname;
    const { stdout } = await promisify(execFile)(process.execPath, [program, fifo]).catch(
      (killed: { stdout: string }) => killed,
    );
    const reason = expect.stringContaining('in a system call, or in one long step of native code');
    // On a busy machine the pool may also take longer to close than it is given.
    expect(JSON.parse(stdout)).toMatchObject({
      killed: [{ key: 'hostile/fault' }],
      notEnded: expect.arrayContaining([
        { what: 'thread', reason },
        { what: 'supervisor', reason },
      ]),
    });
  });

  test('resolves while the log cannot be written, and says so', async () => {
    const fifo = join(temporaryFolder(), 'fifo');
    execFileSync('mkfifo', [fifo]);
    const pipe = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
    fillUp(pipe);
    const scheduler = await startScheduler({ plugins: [waiter], logger: { level: 'info', destination: fifo } });
    const { notEnded } = await scheduler.stop({ drainMs: 0 });
    expect(notEnded?.map(({ what }) => what)).toContain('log');
    // Now the write that has kept the thread can end.
    readSync(pipe, Buffer.alloc(1_000_000));
    closeSync(pipe);
  });
});

/** Writes to a pipe until it takes no more. */
function fillUp(pipe: number): void {
  const chunk = Buffer.alloc(4_096);
  try {
    for (;;) writeSync(pipe, chunk);
  } catch (error) {
    expect(error).toMatchObject({ code: 'EAGAIN' });
  }
}
