/** Every way to fail that a plugin has: the right outcome in bounded time, and the next run of another plugin works. */
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import type { RunOutcome } from '../../../../src/machines/run.ts';
import type { RunBudget } from '../../../../src/supervisor/ports/run-pool.ts';
import { PoolHarness } from '../../../support/pool-harness.ts';

interface Fault {
  readonly fixture: string;
  readonly outcome: RunOutcome;
  readonly budget?: Partial<RunBudget>;
  readonly config?: string;
  /** A part of the error's message. */
  readonly message?: string;
}

/** A thread starts in seconds on a machine that is too busy. */
const LIMIT_MS = 60_000;
const short: Partial<RunBudget> = { wallMs: 150, graceMs: 50 };

const faults: readonly Fault[] = [
  { fixture: 'endless-loop.ts', outcome: 'timed-out', budget: short, message: 'wall budget of 150 ms' },
  { fixture: 'catastrophic-regex.ts', outcome: 'timed-out', budget: short },
  { fixture: 'atomics-wait.ts', outcome: 'timed-out', budget: short },
  { fixture: 'ignores-signal.ts', outcome: 'timed-out', budget: short, message: 'its thread was terminated' },
  { fixture: 'endless-loop.ts', outcome: 'over-budget', budget: { cpuMs: 100, graceMs: 50 }, message: '100 ms' },
  { fixture: 'burns-cpu.ts', outcome: 'over-budget', budget: { cpuMs: 100 }, message: 'and then returned' },
  { fixture: 'buffer-hoard.ts', outcome: 'out-of-memory', budget: { heapMb: 64, graceMs: 50 }, message: '64 MiB' },
  { fixture: 'heap-exhaustion.ts', outcome: 'out-of-memory', message: 'reached the heap limit' },
  { fixture: 'process-exit.ts', outcome: 'crashed', message: 'exit code 0' },
  { fixture: 'timer-bomb.ts', outcome: 'crashed', message: 'the timer went off' },
  { fixture: 'floating-rejection.ts', outcome: 'crashed', message: 'nobody awaits this' },
  { fixture: 'throws.ts', config: 'undefined', outcome: 'failed', message: 'undefined was thrown' },
  { fixture: 'throws.ts', config: 'null', outcome: 'failed', message: 'null was thrown' },
  { fixture: 'throws.ts', config: 'proxy', outcome: 'failed', message: 'a Proxy was thrown' },
  { fixture: 'throws.ts', config: 'getterBomb', outcome: 'failed', message: 'a getter' },
  { fixture: 'throws.ts', config: 'circular', outcome: 'failed', message: 'round' },
  { fixture: 'throws.ts', config: 'huge', outcome: 'failed', message: 'more characters' },
  { fixture: 'uncloneable-result.ts', outcome: 'succeeded' },
  { fixture: 'huge-result.ts', outcome: 'succeeded' },
  { fixture: 'import-throws.mjs', outcome: 'failed', message: 'thrown while it is imported' },
  { fixture: 'syntax-error.mjs', outcome: 'failed', message: 'it has a syntax error' },
  { fixture: 'exit-at-import.mjs', outcome: 'crashed', message: 'exit code 0' },
];

describe('a run in a pool thread', () => {
  test.for(faults)(
    'of $fixture ($config) is $outcome, and the next run succeeds',
    { timeout: LIMIT_MS },
    async (fault, { skip }) => {
      const isOfCpu = fault.budget?.cpuMs !== undefined;
      skip(isOfCpu && !('cpuUsage' in Worker.prototype), 'this Node cannot tell the CPU time of a thread');
      await using harness = new PoolHarness({ resourceLimits: { maxOldGenerationSizeMb: 64 } });
      await harness.report('empty.ts');
      const { fixture, outcome, message, ...part } = fault;
      const beganAtMs = performance.now();

      const report = await harness.report(fixture, part);
      const tookMs = performance.now() - beganAtMs;
      const next = await harness.report('empty.ts');

      expect(report.outcome).toBe(outcome);
      expect(report.error?.message ?? '').toContain(message ?? '');
      expect(JSON.stringify(report).length).toBeLessThan(32_768);
      expect(report.isQuarantined).toBe(false);
      expect(next.outcome).toBe('succeeded');
      const { wallMs = 0, graceMs = 0 } = fault.budget ?? {};
      if (wallMs > 0) expect(tookMs).toBeLessThan(wallMs + graceMs + 1_000);
    },
  );

  test('whose plugin hangs while it is imported is timed out, and never started', async () => {
    await using harness = new PoolHarness({ loadTimeoutMs: 150 });

    const report = await harness.report('import-hangs.mjs');

    expect(report).toMatchObject({ outcome: 'timed-out', isTerminated: true });
    expect(report.error?.message).toBe(
      'The run did not begin: its plugin did not load within 150 ms, and its thread was terminated.',
    );
    expect(report.start).toBeUndefined();
    expect(await harness.report('empty.ts')).toMatchObject({ outcome: 'succeeded' });
  });

  test('is not blamed for what an earlier run left behind', async () => {
    await using harness = new PoolHarness();
    const first = harness.run('late-bomb.ts');
    expect(await first.reported).toMatchObject({ outcome: 'succeeded' });

    const second = harness.run('late-bomb.ts', { runCount: 2 });
    const report = await second.reported;

    expect(report).toMatchObject({ outcome: 'succeeded' });
    expect(await harness.warned).toMatchObject({
      code: 'left-over-error',
      runId: first.runId,
      error: { name: 'RangeError' },
    });
    const next = await harness.report('empty.ts');
    expect(next.outcome).toBe('succeeded');
    expect(next.start?.threadId).not.toBe(report.start?.threadId);
  });

  // The two share memory, so that the test can wait for the loop.
  test.runIf(PoolHarness.isolation === 'thread')('goes to another thread when a loop was left behind', async () => {
    await using harness = new PoolHarness({ entryTimeoutMs: 2_000 });
    await harness.report('empty.ts');
    const isBlocked = new Int32Array(new SharedArrayBuffer(4));
    const before = await harness.report('late-block.ts', { config: isBlocked as never });
    await Atomics.waitAsync(isBlocked, 0, 0).value;

    const report = await harness.report('empty.ts');

    expect(before.outcome).toBe('succeeded');
    expect(report.outcome).toBe('succeeded');
    expect(report.start?.threadId).not.toBe(before.start?.threadId);
  });

  test('that floods the console keeps 1,000 lines, and counts the rest', { timeout: 20_000 }, async () => {
    await using harness = new PoolHarness();
    const run = harness.run('console-flood.ts');

    const report = await run.reported;

    expect(report.outcome).toBe('succeeded');
    expect(run.lines).toHaveLength(1_000);
    expect(report.droppedLogLines).toBe(999_000);
  });

  test('that writes a line without an end keeps its head', async () => {
    await using harness = new PoolHarness();
    const run = harness.run('endless-line.ts');

    expect(await run.reported).toMatchObject({ outcome: 'succeeded' });
    expect(run.lines.map(({ message }) => message.length)).toEqual([8_192]);
  });
});
