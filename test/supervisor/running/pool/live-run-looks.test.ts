/** A run whose thread says and uses what the test has it say and use; runs on real threads are in `piscina-pool.test.ts`. */
import { describe, expect, test } from 'vitest';
import type { RunBudget, RunReport } from '../../../../src/supervisor/ports/run-pool.ts';
import { BudgetWatch } from '../../../../src/supervisor/running/pool/budget-watch.ts';
import { LiveRun } from '../../../../src/supervisor/running/pool/live-run.ts';
import type { PoolThread } from '../../../../src/supervisor/running/pool/pool-thread.ts';
import type { ThreadUsage } from '../../../../src/supervisor/running/pool/thread-task.ts';
import { VirtualClock } from '../../../../src/testing/virtual-clock.ts';

const MIB = 1_024 * 1_024;
const BUDGET: RunBudget = { wallMs: 60_000, cpuMs: Infinity, heapMb: Infinity, graceMs: 1_000 };

/** A run that a thread is about to take. */
function dispatched(budget: Partial<RunBudget>) {
  const clock = new VirtualClock();
  const looksAtMs: number[] = [];
  const seen = { sent: [] as string[], terminatedAtMs: [] as number[], reports: [] as RunReport[] };
  const usage = { cpuMs: 0, heapBytes: 0 };
  const thread: Pick<PoolThread, 'threadId' | 'usage' | 'send'> = {
    threadId: 7,
    usage: async (): Promise<ThreadUsage> => {
      looksAtMs.push(clock.monotonicMs());
      return usage;
    },
    send: ({ kind }) => seen.sent.push(kind),
  };
  const nothing = (): void => {};
  const keeper = {
    clock,
    watch: new BudgetWatch(clock),
    entryTimeoutMs: 5_000,
    loadTimeoutMs: 5_000,
    ended: nothing,
    returned: nothing,
    quarantined: nothing,
    released: nothing,
  };
  const listener = {
    started: nothing,
    logged: nothing,
    progressed: nothing,
    reported: (report: RunReport) => seen.reports.push(report),
    released: nothing,
    hostCall: () => Promise.reject(new Error('no host')),
  };
  const request = {
    runId: 'run-1',
    source: { id: 'p', module: 'p', resolveFrom: 'file:///', options: null },
    data: { runId: 'run-1', scheduleId: 's', scheduledAtMs: 0, runCount: 1, isCatchup: false, config: null },
    budget: { ...BUDGET, ...budget },
    priority: 1,
    isCatchup: false,
  };
  const run = new LiveRun(request, listener, { keeper, hostFunctions: [] });
  run.dispatched(() => seen.terminatedAtMs.push(clock.monotonicMs()));
  run.assigned(thread as PoolThread);
  const start = (): void => {
    run.heard({ kind: 'task.entered', taskId: 'run-1' });
    run.heard({ kind: 'run.started', taskId: 'run-1', atMonotonicMs: clock.monotonicMs(), threadCpuMs: 0 });
  };
  return { clock, run, usage, looksAtMs, seen, start };
}

describe('LiveRun', () => {
  test('is not woken for its measurement before a run is worth it', () => {
    const { run } = dispatched({});
    expect(run.wakeAtMs).toBe(200);
  });

  test('is looked at four times a second for as long as it lasts', async () => {
    const { clock, run, looksAtMs, start } = dispatched({ heapMb: 10 });
    start();
    await clock.advance(1_000);
    expect(looksAtMs).toEqual([200, 450, 700, 950]);
    run.ended({ kind: 'answered' });
    expect(clock.sleeperCount).toBeLessThanOrEqual(1);
    await clock.advance(1_000);
    expect(looksAtMs).toEqual([200, 450, 700, 950]);
  });

  test('is looked at also when its plugin took longer to load than a run is left unmeasured', async () => {
    const { clock, looksAtMs, start } = dispatched({ heapMb: 10 });
    await clock.advance(300);
    start();
    await clock.advance(200);
    expect(looksAtMs).toEqual([400]);
  });

  test('is looked at again when its rest of CPU time may be used up', async () => {
    const { clock, usage, looksAtMs, seen, start } = dispatched({ cpuMs: 1_000 });
    start();
    usage.cpuMs = 900;
    await clock.advance(250);
    usage.cpuMs = 1_000;
    await clock.advance(100);
    expect(looksAtMs.slice(0, 2)).toEqual([200, 300]);
    expect(seen.sent).toEqual(['abort']);
  });

  test('that holds more memory than it may is told to stop, and has its grace', async () => {
    const { clock, usage, seen, start } = dispatched({ heapMb: 10 });
    start();
    usage.heapBytes = 15 * MIB;
    await clock.advance(1_199);
    expect(seen).toMatchObject({ sent: ['abort'], terminatedAtMs: [] });
    await clock.advance(1);
    expect(seen.terminatedAtMs).toEqual([1_200]);
  });

  test('that holds far more memory than it may has its thread terminated at once', async () => {
    const { clock, run, usage, seen, start } = dispatched({ heapMb: 10 });
    start();
    usage.heapBytes = 21 * MIB;
    await clock.advance(200);
    expect(seen).toMatchObject({ sent: [], terminatedAtMs: [200] });
    run.ended({ kind: 'died', exitCode: 1, error: null });
    expect(seen.reports).toMatchObject([{ outcome: 'out-of-memory', isTerminated: true }]);
  });
});
