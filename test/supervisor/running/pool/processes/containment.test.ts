/** What a process contains and a thread cannot: the right outcome, nothing left alive, and the next run succeeds. */
import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { RunOutcome } from '../../../../../src/machines/run.ts';
import type { RunBudget } from '../../../../../src/supervisor/ports/run-pool.ts';
import { liveInSession } from '../../../../support/live-processes.ts';
import { Fifo, PoolHarness } from '../../../../support/pool-harness.ts';
import { temporaryFolder } from '../../../../support/scheduler-harness.ts';

PoolHarness.isolation = 'process';

interface Way {
  readonly config: string;
  readonly outcome: RunOutcome;
  readonly message: string;
  readonly budget?: Partial<RunBudget>;
}

const ways: readonly Way[] = [
  { config: 'abort', outcome: 'crashed', message: 'SIGABRT' },
  { config: 'sigkill', outcome: 'crashed', message: 'SIGKILL' },
  { config: 'fill', outcome: 'out-of-memory', message: 'its process reached the heap limit of V8' },
  { config: 'garbage', outcome: 'crashed', message: 'a message must have from 1 to 16777216 bytes' },
  { config: 'oversize', outcome: 'crashed', message: 'not 2147483648, so it was ended' },
  { config: 'unreadable', outcome: 'crashed', message: 'a message cannot be read' },
  { config: 'nothing', outcome: 'crashed', message: 'sent something that is not a message' },
  { config: 'free-too-soon', outcome: 'crashed', message: 'said that it was free before its task had ended' },
  { config: 'spawn-loop', outcome: 'over-budget', message: '300 ms', budget: { cpuMs: 300, graceMs: 50 } },
  { config: 'orphan-loop', outcome: 'over-budget', message: '300 ms', budget: { cpuMs: 300, graceMs: 50 } },
  { config: 'spawn-hoard', outcome: 'out-of-memory', message: '128 MiB', budget: { heapMb: 128, graceMs: 50 } },
];

describe.runIf(process.platform === 'linux')('a run in a process', () => {
  test.each(ways)('whose way is "$config" is $outcome, and leaves nothing alive', { timeout: 60_000 }, async (way) => {
    await using harness = new PoolHarness({ processes: { execArgv: ['--max-old-space-size=64'] } });
    const { config, outcome, message, ...part } = way;

    const report = await harness.report('hostile-process.ts', { config, ...part });

    expect(report).toMatchObject({ outcome, isQuarantined: false });
    expect(report.error?.message).toContain(message);
    await nobodyLeft(report.start?.threadId);
    expect(await harness.report('empty.ts')).toMatchObject({ outcome: 'succeeded' });
  });

  test('with a larger budget than usual may hold what its budget grants', async () => {
    await using harness = new PoolHarness({ heapMb: 64 });

    const report = await harness.report('hostile-process.ts', { config: 'heap-of-mib 400', budget: { heapMb: 1_024 } });

    expect(report).toMatchObject({ outcome: 'succeeded' });
  });

  test.each([
    ['spawn-sync', 'spawning'],
    ['spawn-orphan', 'spawned'],
    ['fork', 'forking'],
  ])('whose way is "%s" ends with all that it has started', { timeout: 30_000 }, async (config, message) => {
    await using harness = new PoolHarness();
    const run = harness.run('hostile-process.ts', { config });
    await run.logged(message);
    const { threadId } = await run.started;
    await vi.waitFor(() => expect(liveInSession(threadId).length).toBeGreaterThan(1), { timeout: 10_000 });

    harness.pool.kill(run.runId, 'stop');

    expect(await run.reported).toMatchObject({ outcome: 'aborted', isTerminated: true, isQuarantined: false });
    await nobodyLeft(threadId);
  });

  test('that reads a pipe which nobody writes is timed out, not quarantined', async () => {
    await using fifo = new Fifo();
    await using harness = new PoolHarness();

    const report = await harness.report('fifo-read.ts', { config: fifo.path, budget: { wallMs: 150, graceMs: 50 } });

    expect(report).toMatchObject({ outcome: 'timed-out', isTerminated: true, isQuarantined: false });
    await nobodyLeft(report.start?.threadId);
  });

  test('that occupies its own thread pool leaves that of the host free', async () => {
    await using fifo = new Fifo();
    await using harness = new PoolHarness();
    const run = harness.run('hostile-process.ts', { config: `read-fifos ${fifo.path}` });
    await run.logged('reading');

    expect(await readFile('/proc/self/stat', 'utf8')).toContain(String(process.pid));

    harness.pool.kill(run.runId, 'stop');
    expect(await run.reported).toMatchObject({ outcome: 'aborted', isQuarantined: false });
  });

  test('that never reads its answers is not asked for more', async () => {
    await using harness = new PoolHarness({ hostFunctions: ['text'] });
    const folder = temporaryFolder();
    const text = 'x'.repeat(8 * 1_024 * 1_024);
    let askedCount = 0;
    const host = async () => {
      const name = String(askedCount);
      askedCount += 1;
      setImmediate(() => writeFileSync(join(folder, name), ''));
      return text;
    };

    const config = `asks-in-turn ${folder}`;
    const report = await harness.report('hostile-process.ts', { config, budget: { wallMs: 3_000, graceMs: 0 }, host });

    // All answers together would be more than a process may leave unread, and end it.
    expect(report).toMatchObject({ outcome: 'timed-out', isQuarantined: false });
  });

  test('that leaves too much unread is ended', { timeout: 30_000 }, async () => {
    await using harness = new PoolHarness({ hostFunctions: ['text'] });
    const allAsked = Promise.withResolvers<string>();
    let askedCount = 0;
    const host = (): Promise<string> => {
      askedCount += 1;
      if (askedCount === 100) allAsked.resolve('x'.repeat(1_024 * 1_024));
      return allAsked.promise;
    };

    const report = await harness.report('hostile-process.ts', { config: 'only-asks', host });

    expect(report).toMatchObject({ outcome: 'crashed', error: { name: 'ProcessFault' } });
    expect(report.error?.message).toMatch(/has left \d+ bytes of messages unread, so it was ended/);
  });

  test.each(['leaves-child', 'leaves-orphan'])('whose way is "%s" gives up its process', async (config) => {
    await using harness = new PoolHarness();

    const run = await harness.report('hostile-process.ts', { config });
    const next = await harness.report('empty.ts');

    expect(run).toMatchObject({ outcome: 'succeeded' });
    const message = expect.stringContaining('it left a process behind, and it has no cleanup()');
    const blame = { key: 'hostile-process.ts/s', runId: 'run-1' };
    expect(harness.warnings).toMatchObject([{ code: 'thread-soiled', message, ...blame }]);
    expect(next.start?.threadId).not.toBe(run.start?.threadId);
    await nobodyLeft(run.start?.threadId);
  });

  test('that ends what it has started keeps its process', async () => {
    await using harness = new PoolHarness();

    const run = await harness.report('hostile-process.ts', { config: 'ends-child' });
    const next = await harness.report('empty.ts');

    expect(harness.warnings).toEqual([]);
    expect(next.start?.threadId).toBe(run.start?.threadId);
  });

  test('is not charged for the process that a plugin with a cleanup() keeps', async () => {
    await using harness = new PoolHarness();
    const run = await harness.report('keeps-process.ts');

    const budget = { wallMs: 1_000, heapMb: 128 };
    const next = await harness.report('honours-signal.ts', { budget });
    const own = await harness.report('keeps-process.ts');

    expect(harness.warnings).toEqual([]);
    expect([run, next, own].map(({ outcome }) => outcome)).toEqual(['succeeded', 'timed-out', 'succeeded']);
    expect(new Set([run, next, own].map(({ start }) => start?.threadId)).size).toBe(1);
  });

  test.each([
    ['worker.soiled', 'thread-soiled'],
    ['task.left-error', 'left-over-error'],
    ['worker.faulted', 'left-over-error'],
    ['cleanup.failed', 'message-refused'],
  ])('that forges %s again and again is told of once, by its key', async (kind, code) => {
    await using harness = new PoolHarness();

    const report = await harness.report('hostile-process.ts', { config: `forges-reports ${kind}` });

    expect(report).toMatchObject({ outcome: 'succeeded' });
    expect(harness.warnings).toMatchObject([{ code, key: 'hostile-process.ts/s' }]);
    expect(harness.warnings[0]?.runId ?? 'run-1').toBe('run-1');
  });

  test('is heard to its last word', async () => {
    await using harness = new PoolHarness();
    const run = harness.run('hostile-process.ts', { config: 'said-before-its-death' });

    expect(await run.reported).toMatchObject({ outcome: 'crashed' });
    expect(run.lines).toHaveLength(500);
    expect(run.lines.at(-1)?.message).toBe('line 499');
  });

  test('is not stopped by what it writes to its raw output', async () => {
    await using harness = new PoolHarness();

    expect(await harness.report('hostile-process.ts', { config: 'raw-output' })).toMatchObject({
      outcome: 'succeeded',
    });
  });
});

/** Signals reach a process at once, but it takes the system a moment to end it. */
async function nobodyLeft(sessionId: number | undefined): Promise<void> {
  if (sessionId === undefined) throw new Error('the run never started');
  await vi.waitFor(() => expect(liveInSession(sessionId)).toEqual([]), { timeout: 5_000 });
}
