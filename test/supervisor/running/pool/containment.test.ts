/** What a run does to its thread harms no other run: real threads, one deed at a time. */
import { describe, expect, test } from 'vitest';
import type { RunReport } from '../../../../src/supervisor/ports/run-pool.ts';
import { PoolHarness, source } from '../../../support/pool-harness.ts';

const succeeded = { outcome: 'succeeded' };

/** A run that does the deed, and one of another plugin after it. */
async function deedAndNext(harness: PoolHarness, deed: string): Promise<readonly [RunReport, RunReport]> {
  return [
    await harness.report('hostile.ts', { config: deed, budget: { heapMb: 512 } }),
    await harness.report('empty.ts'),
  ];
}

describe('a run that sends messages of its own', () => {
  test.each(['forges progress', 'forges null', 'forges a hello'])('%s: it is ignored and told once', async (deed) => {
    await using harness = new PoolHarness();

    const run = await harness.report('hostile.ts', { config: deed });
    // It comes on another channel than the end of the run, and so before or after it.
    await harness.warned;
    const next = await harness.report('empty.ts');

    expect([run, next]).toMatchObject([succeeded, succeeded]);
    expect(harness.warnings).toMatchObject([{ code: 'message-refused', key: 'hostile.ts/s' }]);
    expect(next.start?.threadId).not.toBe(run.start?.threadId);
  });

  test('is told apart from a plugin that does so while it is loaded', async () => {
    await using harness = new PoolHarness({ maxThreads: 1 });
    await harness.report('empty.ts');
    await harness.pool.load(source('messages-at-import.mjs'), 5_000);

    const { code, message, ...run } = await harness.warned;

    expect([code, run]).toEqual(['message-refused', {}]);
    expect(message).toMatch(/^A message from a thread that loads .*messages-at-import\.mjs was ignored/);
  });

  test('does not find the ports of its thread', async () => {
    await using harness = new PoolHarness();

    expect(await deedAndNext(harness, 'uses the handles')).toMatchObject([succeeded, succeeded]);
    expect(harness.warnings).toEqual([]);
  });
});

test('a run that loads builtin modules and uses them soils nothing', async () => {
  await using harness = new PoolHarness();

  const [run, next] = await deedAndNext(harness, 'uses builtin modules');

  expect([run, next]).toMatchObject([succeeded, succeeded]);
  expect(harness.warnings).toEqual([]);
  expect(next.start?.threadId).toBe(run.start?.threadId);
});

describe('a thread that a run has soiled is replaced, and the run is named', () => {
  test.each([
    ['leaves a blocking timer', /left 1 Timeout behind, and it has no cleanup/],
    ['leaves a server', /left 1 TCPServerWrap behind/],
    ['leaves a thread', /left a thread behind/],
    ['blocks after its end', /did not answer after the run/],
    ['breaks JSON', /changed JSON\.stringify/],
    ['breaks arrays', /changed Array\.prototype\./],
    ['breaks promises', /changed Promise\.prototype\.then/],
    ['breaks arrays in a microtask', /changed Array\.prototype\.map/],
    ['verifies no certificate', /changed process\.env\.NODE_TLS_REJECT_UNAUTHORIZED/],
    ['fakes the time', /changed /],
    ['pollutes objects', /changed Object\.prototype/],
    ['spoils a builtin module', /changed zlib\.gzipSync/],
    ['spoils a class', /changed Response\.prototype\.json/],
    ['sends requests itself', /changed the dispatcher of fetch\(\)/],
    ['swallows exceptions', /changed process\.setUncaughtExceptionCaptureCallback\(\)/],
    ['asks no name server', /changed dns\./],
    ['opens no socket', /changed http\.globalAgent\.maxSockets/],
    ['moves the folder of temporary files', /changed process\.env\.TEMP/],
    ['listens to sockets', /changed the subscribers of the diagnostics channel net\.client\.socket/],
    ['shares much memory', /kept \d+ MiB of memory after the run/],
  ])('%s', async (deed, reason) => {
    await using harness = new PoolHarness();

    const [run, next] = await deedAndNext(harness, deed);

    expect([run, next]).toMatchObject([succeeded, succeeded]);
    expect(next.start?.threadId).not.toBe(run.start?.threadId);
    const { warnings } = harness;
    expect(warnings[0]).toMatchObject({
      code: 'thread-soiled',
      key: 'hostile.ts/s',
      message: expect.stringMatching(reason),
    });
  });

  test('a run moves away from a thread that an earlier one keeps busy', async () => {
    await using harness = new PoolHarness();
    const flag = new Int32Array(new SharedArrayBuffer(4));
    const config = ['leaves a hidden blocking timer', flag] as never;
    const run = await harness.report('hostile.ts', { config });
    await Atomics.waitAsync(flag, 0, 0).value;

    const next = await harness.report('empty.ts');

    expect([run, next]).toMatchObject([succeeded, succeeded]);
    expect(next.start?.threadId).not.toBe(run.start?.threadId);
    expect(harness.warnings).toMatchObject([{ code: 'thread-soiled', runId: 'run-1' }]);
  });

  // Node 22 cannot tell the CPU time of a thread.
  test.runIf('threadCpuUsage' in process)('a run is not charged for what an earlier one burns beside it', async () => {
    await using harness = new PoolHarness();
    const flag = new Int32Array(new SharedArrayBuffer(4));
    const run = await harness.report('hostile.ts', { config: ['leaves a busy interval', flag] as never });
    await Atomics.waitAsync(flag, 0, 0).value;

    const next = await harness.report('empty.ts', { budget: { cpuMs: 60 } });

    expect(next).toMatchObject(succeeded);
    expect(next.start?.threadId).not.toBe(run.start?.threadId);
    // On a busy machine the run may find the thread busy before it finds out what was used.
    const message = expect.stringMatching(/used \d+ ms of CPU time after the run|did not take its next run in time/);
    expect(harness.warnings).toMatchObject([{ code: 'thread-soiled', message }]);
  });

  test('a run moves away from a thread in which an earlier one broke a built-in object after its end', async () => {
    await using harness = new PoolHarness();
    const flag = new Int32Array(new SharedArrayBuffer(4));
    const run = await harness.report('hostile.ts', { config: ['breaks JSON later', flag] as never });
    await Atomics.waitAsync(flag, 0, 0).value;

    const next = await harness.report('empty.ts');

    expect([run, next]).toMatchObject([succeeded, succeeded]);
    expect(next.start?.threadId).not.toBe(run.start?.threadId);
    const message = expect.stringContaining('what it left behind changed JSON.stringify after the run');
    expect(harness.warnings).toMatchObject([{ code: 'thread-soiled', key: 'hostile.ts/s', message }]);
  });

  test('many short runs that keep a little each fill no memory', async () => {
    await using harness = new PoolHarness();
    const threadIds = new Set<number | undefined>();

    for (let count = 0; count < 12; count += 1) {
      const report = await harness.report('hostile.ts', { config: 'keeps a buffer', budget: { heapMb: 512 } });
      expect(report).toMatchObject(succeeded);
      threadIds.add(report.start?.threadId);
    }

    expect(threadIds.size).toBeGreaterThanOrEqual(3);
    expect(harness.warnings[0]).toMatchObject({ code: 'thread-soiled', key: 'hostile.ts/s' });
  });

  test('runs that make garbage keep their thread', { timeout: 60_000 }, async () => {
    await using harness = new PoolHarness();

    for (let count = 0; count < 12; count += 1) {
      expect(await harness.report('hostile.ts', { config: 'makes garbage' })).toMatchObject(succeeded);
    }

    // A thread without a processor loses its next run to another one, whatever it has kept.
    const isOfMachine = ({ message }: { message: string }): boolean => message.includes('or the machine, kept it busy');
    expect(harness.warnings.filter((warning) => !isOfMachine(warning))).toEqual([]);
  });
});

describe('a plugin that changes built-in objects while it is loaded', () => {
  test('keeps its thread, also when it is loaded for a run: the language is put back, patches of libraries stay', async () => {
    await using harness = new PoolHarness();

    const [run, next] = [await harness.report('patches-at-load.ts'), await harness.report('empty.ts')];

    expect([run, next]).toMatchObject([succeeded, succeeded]);
    expect(next.start?.threadId).toBe(run.start?.threadId);
    expect(harness.warnings).toEqual([]);
  });

  test('loses its thread when that cannot be put back, and is named', async () => {
    await using harness = new PoolHarness();

    await harness.pool.load(source('freezes-at-load.ts'), 10_000);
    await harness.warned;

    expect(harness.warnings).toEqual([
      {
        code: 'thread-soiled',
        message: expect.stringMatching(
          /^A thread that loaded file:.*freezes-at-load\.ts is replaced: it changed Object\.prototype\.$/,
        ),
      },
    ]);
    expect(await harness.report('freezes-at-load.ts')).toMatchObject(succeeded);
    expect((await harness.warnedTimes(2))[1]).toMatchObject({ code: 'thread-soiled', key: 'freezes-at-load.ts/s' });
  });
});

describe('a run cannot', () => {
  test.each(['sets flags', 'kills the process', 'debugs the main thread'])('%s of the host', async (deed) => {
    await using harness = new PoolHarness();

    const [run, next] = await deedAndNext(harness, deed);

    expect(run).toMatchObject({ outcome: 'failed', error: { message: expect.stringContaining('cannot call it') } });
    expect(next).toMatchObject(succeeded);
  });

  test('hold more memory than its budget, however short it is', async () => {
    await using harness = new PoolHarness();

    const run = await harness.report('hostile.ts', { config: 'shares much memory', budget: { heapMb: 100 } });

    expect(run).toMatchObject({ outcome: 'out-of-memory' });
  });

  test('leave calls of the host that wait in the way of later runs', async () => {
    await using harness = new PoolHarness({ hostFunctions: ['never'] });
    const host = (): Promise<never> => new Promise(() => {});
    expect(await harness.report('hostile.ts', { config: 'calls much', host })).toMatchObject(succeeded);

    const calls: unknown[] = [];
    const next = await harness.report('hostile.ts', {
      config: 'calls much',
      host: async () => calls.push(1),
    });

    expect(next).toMatchObject(succeeded);
    expect(calls).toHaveLength(1_000);
  });

  test.runIf(process.platform === 'linux')('keep its thread by waiting for a child process', async () => {
    await using harness = new PoolHarness();
    const run = harness.run('hostile.ts', { config: 'waits for a child', budget: { wallMs: 100, graceMs: 0 } });

    expect(await run.reported).toMatchObject({ outcome: 'timed-out', isQuarantined: true });
    await run.released;

    expect(harness.pool.stats()).toMatchObject({ quarantined: 0 });
  });
});
