import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { AbortReason } from '../../../../src/machines/run.ts';
import { Fifo, PoolHarness, source } from '../../../support/pool-harness.ts';

/** A pool of processes keeps one process more than its runs need. */
const SPARE_COUNT = 1;

describe('the queue of a pool', () => {
  test('starts on-time runs by priority and arrival, then catch-ups', async () => {
    await using harness = new PoolHarness();
    const first = harness.run('honours-signal.ts');
    await first.logged('awaiting');
    const startOrder: string[] = [];
    const ranked = [
      { runId: 'catch-up', priority: 1, isCatchup: true },
      { runId: 'late', priority: 1_000 },
      { runId: 'early-1', priority: 5 },
      { runId: 'early-2', priority: 5 },
    ].map((part) => harness.run('empty.ts', part));
    for (const { started, runId } of ranked) void started.then(() => startOrder.push(runId));

    harness.pool.abort(first.runId, 'operator');
    await Promise.all(ranked.map(({ reported }) => reported));

    expect(startOrder).toEqual(['early-1', 'early-2', 'late', 'catch-up']);
  });

  test('takes no run beyond its limit, nor after the pool is closed', async () => {
    await using harness = new PoolHarness({ maxQueue: 1 });
    harness.run('ignores-signal.ts');
    const queued = harness.run('empty.ts');

    expect(harness.tryRun('empty.ts')).toBeNull();
    expect(harness.pool.stats()).toMatchObject({ running: 1, queued: 1 });
    await harness.pool.close();
    expect(await queued.reported).toMatchObject({ outcome: 'aborted', isTerminated: false });
    expect(harness.tryRun('empty.ts')).toBeNull();
  });

  test('says how full it is, and takes a run that has a place beyond its limit', async () => {
    await using harness = new PoolHarness({ maxThreads: 1, maxQueue: 1 });
    harness.run('ignores-signal.ts');
    harness.run('empty.ts');
    const user = { key: 'p/s', source: source('empty.ts') };

    expect(harness.pool.places(user)).toEqual({ taken: 2, held: 0, all: 2, threads: 1, maxQueue: 1 });
    expect(harness.tryRun('empty.ts', { hasPlace: true })).not.toBeNull();
    expect(harness.pool.places(user)).toMatchObject({ taken: 3 });
    await harness.pool.close();
    expect(harness.tryRun('empty.ts', { hasPlace: true })).toBeNull();
  });

  test('knows which runs have left the queue', async () => {
    await using harness = new PoolHarness({ maxThreads: 1 });
    const running = harness.run('honours-signal.ts');
    const queued = harness.run('empty.ts');
    const { pool } = harness;

    expect([running, queued].map(({ runId }) => pool.hasThread(runId))).toEqual([true, false]);
    pool.abort(running.runId, 'stop');
    await queued.started;
    expect(pool.hasThread(running.runId)).toBe(false);
    await queued.reported;
    expect(pool.hasThread(queued.runId)).toBe(false);
  });

  test('gives up a queued run that is aborted, at once and without a start', async () => {
    await using harness = new PoolHarness();
    const running = harness.run('honours-signal.ts');
    const queued = harness.run('empty.ts');

    harness.pool.abort(queued.runId, 'lock-lost');

    const report = await queued.reported;
    expect(report).toMatchObject({ outcome: 'lock-lost', isTerminated: false });
    expect(report.start).toBeUndefined();
    expect(harness.pool.stats().queued).toBe(0);
    harness.pool.abort(running.runId, 'stop');
    expect(await running.reported).toMatchObject({ outcome: 'aborted' });
  });

  test('gives no thread to queued runs whose lock has expired meanwhile, and goes on with the next', async () => {
    await using harness = new PoolHarness();
    let areTrusted = true;
    const mayStart = (): boolean => areTrusted;
    const running = harness.run('honours-signal.ts', { config: 'throw-reason' });
    const [first, second] = [harness.run('empty.ts', { mayStart }), harness.run('empty.ts', { mayStart })];
    const free = harness.run('empty.ts');

    await running.logged('awaiting');
    areTrusted = false;
    harness.pool.abort(running.runId, 'stop');

    for (const { reported } of [first, second]) {
      const report = await reported;
      expect(report).toMatchObject({ outcome: 'lock-lost', isTerminated: false });
      expect(report.start).toBeUndefined();
    }
    expect(await free.reported).toMatchObject({ outcome: 'succeeded' });
    expect(harness.pool.stats()).toMatchObject({ queued: 0, running: 0 });
  });

  test('keeps every thread busy, and gives none two runs', async () => {
    await using harness = new PoolHarness({ minThreads: 2, maxThreads: 2, maxQueue: 5_000 });
    const runs = Array.from({ length: 3_000 }, () => harness.run('empty.ts'));

    const reports = await Promise.all(runs.map(({ reported }) => reported));

    expect(reports.every(({ outcome }) => outcome === 'succeeded')).toBe(true);
    expect(new Set(reports.map(({ start }) => start?.threadId)).size).toBe(2);
    const threads = PoolHarness.isolation === 'process' ? 2 + SPARE_COUNT : 2;
    expect(harness.pool.stats()).toEqual({ threads, running: 0, queued: 0, quarantined: 0, threadsReplaced: 0 });
  });

  test('starts more threads when they are needed', async () => {
    await using harness = new PoolHarness({ minThreads: 0, maxThreads: 2 });
    const runs = [harness.run('ignores-signal.ts'), harness.run('ignores-signal.ts')];

    const [first, second] = await Promise.all(runs.map(({ started }) => started));

    expect(first?.threadId).not.toBe(second?.threadId);
    expect(harness.pool.stats().threads).toBe(2);
  });
});

describe('a run that is aborted', () => {
  const reasons: readonly [AbortReason, string][] = [
    ['stop', 'aborted'],
    ['pause', 'aborted'],
    ['removed', 'aborted'],
    ['operator', 'aborted'],
    ['lock-lost', 'lock-lost'],
  ];

  test.each(reasons)('for "%s" is %s, and its signal says why', async (reason, outcome) => {
    await using harness = new PoolHarness();
    const run = harness.run('honours-signal.ts', { config: 'throw-reason' });
    await run.logged('awaiting');

    harness.pool.abort(run.runId, reason);

    const report = await run.reported;
    expect(report).toMatchObject({ outcome, isTerminated: false, error: { code: 'ERR_ESCAPEMENT_ABORTED' } });
    expect(report.error?.cause).toBeUndefined();
    expect(run.lines.at(-1)?.fields).toEqual({ name: 'AbortError', code: 'ERR_ESCAPEMENT_ABORTED', reason });
  });

  test('keeps the error that it threw then as the cause', async () => {
    await using harness = new PoolHarness();

    const report = await harness.report('honours-signal.ts', { config: 'throw-own', budget: { wallMs: 50 } });

    expect(report).toMatchObject({
      outcome: 'timed-out',
      error: { cause: { name: 'RangeError', message: 'not finished' } },
    });
  });

  test('is terminated after its grace when it does not heed the signal', async () => {
    await using harness = new PoolHarness();
    const run = harness.run('ignores-signal.ts', { budget: { graceMs: 50 } });
    await run.logged('awaiting');

    harness.pool.abort(run.runId, 'pause');

    expect(await run.reported).toMatchObject({ outcome: 'aborted', isTerminated: true, isQuarantined: false });
    expect(harness.pool.stats().threadsReplaced).toBe(1);
  });

  test('gets no signal when it is killed', async () => {
    await using harness = new PoolHarness();
    const run = harness.run('honours-signal.ts');
    await run.logged('awaiting');

    harness.pool.kill(run.runId, 'stop');

    expect(await run.reported).toMatchObject({ outcome: 'aborted', isTerminated: true });
    expect(run.lines.map(({ message }) => message)).toEqual(['awaiting']);
  });

  test('is not disturbed by an abort that comes after its end, or for a run that is unknown', async () => {
    await using harness = new PoolHarness();
    const run = harness.run('empty.ts');
    expect(await run.reported).toMatchObject({ outcome: 'succeeded' });

    harness.pool.abort(run.runId, 'operator');
    harness.pool.kill('nobody', 'operator');

    expect(await harness.report('empty.ts')).toMatchObject({ outcome: 'succeeded' });
  });
});

// A process ends in these system calls: see processes/containment.test.ts.
describe.runIf(PoolHarness.isolation === 'thread')('a thread that cannot be terminated', () => {
  test('is quarantined and replaced, and released when it exits at last', async () => {
    await using fifo = new Fifo();
    await using harness = new PoolHarness();
    const run = harness.run('fifo-read.ts', { config: fifo.path, budget: { wallMs: 100, graceMs: 50 } });

    const report = await run.reported;

    expect(report).toMatchObject({ outcome: 'timed-out', isQuarantined: true, isTerminated: true });
    expect(harness.warnings).toMatchObject([{ code: 'thread-quarantined', runId: run.runId }]);
    expect(harness.pool.stats()).toMatchObject({ quarantined: 1, running: 0 });
    expect(await harness.report('empty.ts')).toMatchObject({ outcome: 'succeeded' });
    await fifo.letGo();
    await run.released;
    expect(harness.pool.stats().quarantined).toBe(0);
  });

  test('because of a child process is quarantined too', async () => {
    await using fifo = new Fifo();
    await using harness = new PoolHarness();
    const run = harness.run('waits-for-child.ts', { config: fifo.path });
    await fifo.written();

    harness.pool.kill(run.runId, 'operator');

    expect(await run.reported).toMatchObject({ outcome: 'aborted', isQuarantined: true });
    await fifo.letGo();
    await run.released;
  });

  test('does not keep the pool from closing', async () => {
    await using fifo = new Fifo();
    const harness = new PoolHarness();
    const run = harness.run('waits-for-child.ts', { config: fifo.path });
    await fifo.written();
    const beganAtMs = performance.now();

    await harness.pool.close();

    expect(performance.now() - beganAtMs).toBeLessThan(3_500);
    expect(await run.reported).toMatchObject({ outcome: 'aborted', isQuarantined: true });
    await fifo.letGo();
    await run.released;
  });
});

describe('a run of a plugin', () => {
  test('is heard: its log, its output and its progress', async () => {
    await using harness = new PoolHarness();
    const run = harness.run('outputs.ts', { config: { a: [1] } });

    await run.reported;

    expect(run.lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
      'info to stdout',
      'warn to stderr',
      'info two',
      'info with fields',
      'warn plain',
      'info lines, the last without an end',
    ]);
    expect(run.lines[3]?.fields).toMatchObject({
      config: { a: [1] },
      when: '1970-01-01T00:00:00.000Z',
      error: { name: 'TypeError', message: 'in a field' },
      run: '[Function]',
    });
    expect(run.progress).toEqual([
      [0, 'began'],
      [1, 'done'],
    ]);
  });

  test('calls functions of the host', async () => {
    await using harness = new PoolHarness({ hostFunctions: ['double', 'refuse'] });
    const run = harness.run('host-caller.ts', {
      host: async (name, [value]) => {
        if (name === 'refuse') throw new RangeError('not today');
        return Number(value) * 2;
      },
    });

    expect(await run.reported).toMatchObject({ outcome: 'succeeded' });
    expect(run.lines.map(({ message, fields }) => [message, fields])).toEqual([
      ['answered', { answer: 42 }],
      ['refused', { name: 'RangeError', message: 'not today' }],
      ['not data', { name: 'HostCallError' }],
    ]);
  });

  test('is measured', async ({ skip }) => {
    skip(!('threadCpuUsage' in process), 'Node 22 cannot tell the CPU time of a thread');
    await using harness = new PoolHarness();

    const report = await harness.report('burns-cpu.ts', { budget: { wallMs: 300 } });

    const waiting = await harness.report('honours-signal.ts', { budget: { wallMs: 300 } });

    // How much of the time a nice thread gets is the machine's business.
    expect(report.cpuMs).toBeGreaterThan(waiting.cpuMs ?? Infinity);
    expect(report.start?.startedAtMonotonicMs).toBeGreaterThan(report.start?.dispatchedAtMonotonicMs ?? Infinity);
    expect(report.finishedAtMonotonicMs - (report.start?.startedAtMonotonicMs ?? 0)).toBeGreaterThanOrEqual(300);
  });
});

describe('recycling', () => {
  test('cleans up and replaces threads once their runs have ended', async () => {
    await using harness = new PoolHarness();
    const { path, ...cleansUp } = cleaningPlugin();
    await harness.pool.load(cleansUp.source(), 5_000);
    const old = harness.run('honours-signal.ts');
    await old.logged('awaiting');

    harness.pool.recycle();
    harness.pool.abort(old.runId, 'operator');
    const before = await old.reported;
    const after = await harness.report('empty.ts');

    expect(before.outcome).toBe('aborted');
    expect(after.start?.threadId).not.toBe(before.start?.threadId);
    await harness.pool.close();
    expect(existsSync(path)).toBe(true);
  });

  test('an old worker goes on with other plugins until a new one has started', async () => {
    await using harness = new PoolHarness();
    const { path, source: cleansUp } = cleaningPlugin();
    await harness.pool.load(cleansUp(), 5_000);
    const before = await harness.report('empty.ts');

    harness.pool.recycle();
    const meanwhile = await harness.report('empty.ts');
    const other = await harness.report('logs.ts');
    const after = await harness.report('empty.ts');

    expect(meanwhile.start?.threadId).toBe(before.start?.threadId);
    // It came after the old worker, and has waited for the new one.
    expect(other.start?.threadId).not.toBe(before.start?.threadId);
    expect(after.start?.threadId).not.toBe(before.start?.threadId);
    // The old worker has ended.
    await expect.poll(() => existsSync(path), { timeout: 5_000 }).toBe(true);
  });

  test('workers that are replaced before they have started leave the old ones in their place', async () => {
    await using harness = new PoolHarness();
    const before = await harness.report('empty.ts');

    for (let time = 0; time < 3; time += 1) harness.pool.recycle();
    const meanwhile = await harness.report('empty.ts');
    const after = await harness.report('logs.ts');

    expect(meanwhile.start?.threadId).toBe(before.start?.threadId);
    expect(after.start?.threadId).not.toBe(before.start?.threadId);
    expect(harness.warnings).toEqual([]);
  });

  test('where no worker starts before it has a task, none goes on', async () => {
    await using harness = new PoolHarness({ minThreads: 0 });
    const before = await harness.report('empty.ts');

    harness.pool.recycle();
    const after = await harness.report('empty.ts');

    expect(after.start?.threadId).not.toBe(before.start?.threadId);
  });

  test('warns of a cleanup that fails, and does not wait for one that hangs', async () => {
    for (const [then, message] of [
      ['throw', 'not clean'],
      ['hang', "A plugin's cleanup() did not end within 1000 ms."],
    ] as const) {
      const harness = new PoolHarness();
      const source = cleaningPlugin().source(then);
      await harness.pool.load(source, 5_000);

      await harness.pool.close();

      expect(harness.warnings).toMatchObject([{ code: 'cleanup-failed', error: { message } }]);
      // Of one that hangs nothing is heard, so it may be any.
      const whose = then === 'throw' ? `The cleanup() of plugin ${source.module}` : "A plugin's cleanup()";
      expect(harness.warnings[0]?.message).toBe(`${whose} failed.`);
    }
  });
});

function cleaningPlugin() {
  const path = join(tmpdir(), `escapement-${crypto.randomUUID()}.cleaned`);
  onTestFinished(async () => (await import('node:fs/promises')).rm(path, { force: true }));
  return { path, source: (then?: string) => source('cleans-up.ts', { path, ...(then && { then }) }) };
}
