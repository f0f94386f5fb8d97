/** Phases and their limits in virtual time, with a thread that does only what the test says. */
import { describe, expect, test } from 'vitest';
import type { RunBudget, RunReport } from '../../../../src/supervisor/ports/run-pool.ts';
import { BudgetWatch } from '../../../../src/supervisor/running/pool/budget-watch.ts';
import { LiveRun } from '../../../../src/supervisor/running/pool/live-run.ts';
import type { WorkerTask } from '../../../../src/supervisor/running/pool/worker-task.ts';
import { VirtualClock } from '../../../../src/testing/virtual-clock.ts';
import { source } from '../../../support/pool-harness.ts';
import { StubTaskWorker } from './stub-task-worker.ts';

const MIB = 1_024 * 1_024;
const BUDGET = { wallMs: 1_000, cpuMs: Number.POSITIVE_INFINITY, heapMb: Number.POSITIVE_INFINITY, graceMs: 300 };
const data = { scheduleId: 's', scheduledAtMs: 0, runCount: 1, isCatchup: false, runId: 'run', config: null };

/** A run, and what its pool and its listener hear of it. */
class Stage {
  readonly clock = new VirtualClock();
  readonly events: string[] = [];
  readonly reports: RunReport[] = [];
  readonly run: LiveRun;
  thread = new StubTaskWorker();
  #task: WorkerTask | null = null;

  constructor(own: Partial<RunBudget> = {}) {
    const keeper = {
      clock: this.clock,
      watch: new BudgetWatch(this.clock),
      entryTimeoutMs: 500,
      loadTimeoutMs: 700,
      ended: () => this.events.push('ended'),
      returned: () => this.events.push('returned'),
      quarantined: () => this.events.push('quarantined'),
      released: () => this.events.push('released'),
    };
    const listener = {
      started: () => this.events.push('started'),
      logged: () => {},
      progressed: () => {},
      reported: (report: RunReport) => {
        this.events.push('reported');
        this.reports.push(report);
      },
      released: () => {},
      hostCall: () => Promise.resolve(undefined),
    };
    const budget = { ...BUDGET, ...own };
    const request = { runId: 'run', source: source('empty.ts'), data, budget, priority: 1, isCatchup: false };
    this.run = new LiveRun(request, listener, { keeper, hostFunctions: [] });
  }

  get task(): WorkerTask {
    if (this.#task === null) throw new Error('the run was not dispatched');
    return this.#task;
  }

  /** Gives the run to a thread. */
  dispatch(): void {
    this.thread = new StubTaskWorker();
    this.run.dispatch((task) => {
      this.#task = task;
      task.assigned(this.thread);
      return () => this.events.push('terminated');
    });
  }

  enter(): void {
    this.task.heard({ kind: 'task.entered', taskId: 'run' });
  }

  start(): void {
    this.task.heard({ kind: 'run.started', taskId: 'run', atMonotonicMs: this.clock.monotonicMs(), threadCpuMs: 0 });
  }

  exit(): void {
    this.task.ended({ kind: 'died', exitCode: 1, error: null });
  }
}

describe('a live run', () => {
  test('goes back to the queue when its thread dies before taking it, and has crashed after three times', () => {
    const stage = new Stage();

    for (const _ of [1, 2, 3]) {
      stage.dispatch();
      stage.exit();
    }

    expect(stage.events).toEqual(['returned', 'returned', 'ended', 'reported']);
    expect(stage.reports).toMatchObject([{ outcome: 'crashed', isTerminated: false }]);
  });

  test('leaves a thread that does not take it in time, without waiting for its exit', async () => {
    const stage = new Stage();
    stage.dispatch();

    await stage.clock.advance(500);

    expect(stage.events).toEqual(['terminated', 'returned']);
    expect(stage.thread.isForgotten).toBe(true);
  });

  test('is not measured before it has started, and is looked at again every 200 ms until then', async () => {
    const stage = new Stage();
    stage.dispatch();
    stage.enter();

    await stage.clock.advance(300);
    stage.start();
    await stage.clock.advance(99);
    expect(stage.thread.lookCount).toBe(0);

    await stage.clock.advance(1);
    expect(stage.thread.lookCount).toBe(1);
  });

  test('is terminated when its plugin does not load in time', async () => {
    const stage = new Stage();
    stage.dispatch();
    stage.enter();

    await stage.clock.advance(700);
    stage.exit();

    expect(stage.events).toEqual(['terminated', 'ended', 'reported']);
    expect(stage.reports).toMatchObject([{ outcome: 'timed-out', isTerminated: true }]);
  });

  test('is aborted at its wall budget, terminated after its grace, and quarantined if its thread stays', async () => {
    const stage = new Stage();
    stage.dispatch();
    stage.start();

    await stage.clock.advance(1_000);
    expect(stage.thread.sent).toEqual([{ kind: 'abort', taskId: 'run', reason: 'wall-budget' }]);
    expect(stage.events).toEqual(['started']);
    await stage.clock.advance(300);
    expect(stage.events).toEqual(['started', 'terminated']);
    await stage.clock.advance(1_000);
    expect(stage.events).toEqual(['started', 'terminated', 'reported', 'quarantined']);
    expect(stage.reports).toMatchObject([{ outcome: 'timed-out', isQuarantined: true, isTerminated: true }]);
    expect(stage.thread.isUnreferenced).toBe(true);

    stage.exit();

    expect(stage.events.at(-1)).toBe('released');
    expect(stage.reports).toHaveLength(1);
    expect(stage.clock.sleeperCount).toBe(0);
  });

  test('that an abort overtakes stays in its grace when it starts', async () => {
    const stage = new Stage();
    stage.dispatch();
    stage.run.abort('operator');
    stage.start();

    await stage.clock.advance(300);

    expect(stage.events).toEqual(['started', 'terminated']);
  });

  test('that was aborted while its thread started up hears of it from there', () => {
    const stage = new Stage();
    const thread = new StubTaskWorker();
    let dispatched: WorkerTask | null = null;
    stage.run.dispatch((task) => {
      dispatched = task;
      return () => {};
    });

    stage.run.abort('removed');
    (dispatched as WorkerTask | null)?.assigned(thread);

    expect(thread.sent).toEqual([{ kind: 'abort', taskId: 'run', reason: 'removed' }]);
  });

  test('is reported once when it is aborted twice in the queue', async () => {
    const stage = new Stage();

    stage.run.abort('operator');
    stage.run.kill('stop');
    expect(stage.events).toEqual([]);
    await stage.clock.settle();

    expect(stage.events).toEqual(['ended', 'reported']);
    expect(stage.reports).toMatchObject([{ outcome: 'aborted' }]);
  });
});

describe('a live run whose budget is measured', () => {
  /** When the run was looked at, within a time from now. */
  async function looksWithin(stage: Stage, ms: number): Promise<number[]> {
    const looksAtMs: number[] = [];
    for (let passedMs = 0; passedMs < ms; passedMs += 1) {
      const before = stage.thread.lookCount;
      await stage.clock.advance(1);
      if (stage.thread.lookCount > before) looksAtMs.push(stage.clock.monotonicMs());
    }
    return looksAtMs;
  }

  function started(own: Partial<RunBudget>): Stage {
    const stage = new Stage({ wallMs: 60_000, ...own });
    stage.dispatch();
    stage.start();
    return stage;
  }

  test('is first looked at after a while, and then four times a second for as long as it lasts', async () => {
    const stage = started({ heapMb: 10 });

    expect(await looksWithin(stage, 1_000)).toEqual([200, 450, 700, 950]);
    stage.task.ended({ kind: 'answered' });

    expect(stage.clock.sleeperCount).toBeLessThanOrEqual(1);
    expect(await looksWithin(stage, 1_000)).toEqual([]);
    expect(stage.clock.sleeperCount).toBe(0);
  });

  test('is looked at also when its plugin took longer to load than a run is left unmeasured', async () => {
    const stage = new Stage({ heapMb: 10 });
    stage.dispatch();
    stage.enter();
    await stage.clock.advance(300);
    stage.start();

    expect(await looksWithin(stage, 200)).toEqual([400]);
  });

  test('is looked at once while its thread does not answer, and keeps its wall budget', async () => {
    const stage = started({ heapMb: 10, wallMs: 1_000 });
    let askedCount = 0;
    stage.thread.usage = () => {
      askedCount += 1;
      return new Promise(() => {});
    };

    await stage.clock.advance(1_000);

    expect(askedCount).toBe(1);
    expect(stage.thread.sent).toEqual([{ kind: 'abort', taskId: 'run', reason: 'wall-budget' }]);
    stage.exit();
  });

  test('is looked at again when its rest of CPU time may be used up, and aborted when it is', async () => {
    const stage = started({ cpuMs: 1_000 });
    stage.thread.measured = { cpuMs: 900, heapBytes: 0 };
    await stage.clock.advance(250);
    stage.thread.measured = { cpuMs: 1_000, heapBytes: 0 };

    await stage.clock.advance(49);
    expect(stage.thread.sent).toEqual([]);
    await stage.clock.advance(1);
    expect(stage.thread.sent).toEqual([{ kind: 'abort', taskId: 'run', reason: 'cpu-budget' }]);
  });

  test('is aborted when it holds more memory than it may, and has its grace', async () => {
    const stage = started({ heapMb: 10 });
    stage.thread.measured = { cpuMs: 0, heapBytes: 15 * MIB };

    await stage.clock.advance(499);
    expect(stage.thread.sent).toEqual([{ kind: 'abort', taskId: 'run', reason: 'memory-budget' }]);
    expect(stage.events).toEqual(['started']);
    await stage.clock.advance(1);
    expect(stage.events).toEqual(['started', 'terminated']);
  });

  test('is terminated without a grace when it holds far more memory than it may', async () => {
    const stage = started({ heapMb: 10 });
    stage.thread.measured = { cpuMs: 0, heapBytes: 21 * MIB };

    await stage.clock.advance(199);
    expect(stage.events).toEqual(['started']);
    await stage.clock.advance(1);
    stage.exit();

    expect(stage.thread.sent).toEqual([]);
    expect(stage.events).toEqual(['started', 'terminated', 'ended', 'reported']);
    expect(stage.reports).toMatchObject([{ outcome: 'out-of-memory', isTerminated: true }]);
  });
});
