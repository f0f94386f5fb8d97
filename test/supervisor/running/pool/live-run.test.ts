/** Phases and their limits in virtual time, with a thread that does only what the test says. */
import { describe, expect, test } from 'vitest';
import type { RunBudget, RunReport } from '../../../../src/supervisor/ports/run-pool.ts';
import { BudgetWatch } from '../../../../src/supervisor/running/pool/budgets/budget-watch.ts';
import { LiveRun } from '../../../../src/supervisor/running/pool/live-run.ts';
import type { WorkerTask } from '../../../../src/supervisor/running/pool/worker-task.ts';
import { VirtualClock } from '../../../../src/testing/virtual-clock.ts';
import type { RunFinished } from '../../../../src/workers/protocol.ts';
import { source } from '../../../support/pool-harness.ts';
import { StubTaskWorker } from './stub-task-worker.ts';

const MIB = 1_024 * 1_024;
const BUDGET = {
  wallMs: 1_000,
  cpuMs: Number.POSITIVE_INFINITY,
  heapMb: Number.POSITIVE_INFINITY,
  graceMs: 300,
  fuel: 1e11,
};
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
      rejected: () => this.events.push('rejected'),
      hostCall: () => Promise.resolve(undefined),
    };
    const budget = { ...BUDGET, ...own };
    const request = {
      runId: 'run',
      key: 'p/s',
      source: source('empty.ts'),
      data,
      budget,
      priority: 1,
      isCatchup: false,
    };
    this.run = new LiveRun(request, listener, { keeper, options: { hostFunctions: [], maxMessageBytes: 1_000 } });
  }

  get task(): WorkerTask {
    if (this.#task === null) throw new Error('the run was not dispatched');
    return this.#task;
  }

  /** Gives the run to a thread. */
  dispatch(worker: Partial<StubTaskWorker> = {}): void {
    this.thread = Object.assign(new StubTaskWorker(), worker);
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

  finish(part: Partial<RunFinished> = {}): void {
    const atMonotonicMs = this.clock.monotonicMs();
    const taskId = 'run';
    const finished = { kind: 'run.finished', taskId, atMonotonicMs, sawAbort: false, droppedLogLines: 0 } as const;
    this.task.heard({ ...finished, heldBytes: 0, ...part });
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

  test('counts as taken by a thread that has begun it and died before it could say so', () => {
    const stage = new Stage();
    stage.dispatch({ begun: { atMonotonicMs: stage.clock.monotonicMs() } });
    stage.exit();
    expect(stage.events).toEqual(['started', 'ended', 'reported']);
    expect(stage.reports).toMatchObject([{ outcome: 'crashed', start: { threadId: 7 } }]);
  });

  test('has started when it crashes in its first statement, before a message could say so', () => {
    const stage = new Stage();
    stage.dispatch({ begun: { atMonotonicMs: stage.clock.monotonicMs() } });
    stage.task.heard({ kind: 'task.crashed', taskId: 'run', error: { name: 'Error', message: 'x' } });
    expect(stage.events).toEqual(['started', 'terminated']);
    stage.exit();
    expect(stage.reports).toMatchObject([{ outcome: 'crashed', start: { threadId: 7 }, error: { message: 'x' } }]);
  });

  test('that blocks its thread from its beginning has its whole wall budget, and is then asked to stop', async () => {
    const stage = new Stage();
    stage.dispatch({ begun: { atMonotonicMs: stage.clock.monotonicMs(), threadCpuMs: 0 }, isWarm: true, idle: 5 });
    await stage.clock.advance(BUDGET.wallMs - 1);
    expect([stage.events, stage.thread.sent]).toEqual([['started'], []]);
    await stage.clock.advance(2);
    expect(stage.thread.sent).toEqual([{ kind: 'abort', taskId: 'run', reason: 'wall-budget' }]);
  });

  test('that begins late and blocks its thread is known to have begun within 20 ms', async () => {
    const stage = new Stage();
    stage.dispatch({ isWarm: true, idle: 5 });
    await stage.clock.advance(50);
    expect(stage.events).toEqual([]);
    stage.thread.begun = { atMonotonicMs: stage.clock.monotonicMs(), threadCpuMs: 0 };
    await stage.clock.advance(20);
    expect(stage.events).toEqual(['started']);
  });

  test('says once that it has started, whether that was seen or said first', () => {
    const stage = new Stage();
    stage.dispatch({ begun: { atMonotonicMs: stage.clock.monotonicMs() } });
    stage.run.look();
    stage.start();
    stage.finish({ start: { atMonotonicMs: stage.clock.monotonicMs() } });
    stage.task.ended({ kind: 'answered' });
    expect(stage.events).toEqual(['started', 'ended', 'reported']);
  });

  test('whose report brings its start along has started before it ended', () => {
    const stage = new Stage();
    stage.dispatch();
    stage.finish({ start: { atMonotonicMs: stage.clock.monotonicMs() } });
    stage.task.ended({ kind: 'answered' });
    expect(stage.events).toEqual(['started', 'ended', 'reported']);
    expect(stage.reports).toMatchObject([{ outcome: 'succeeded', start: { threadId: 7 } }]);
  });

  test('leaves a thread that does not take it in time, without waiting for its exit', async () => {
    const stage = new Stage();
    stage.dispatch();

    await stage.clock.advance(500);

    expect(stage.events).toEqual(['terminated', 'returned']);
    expect(stage.thread.isForgotten).toBe(true);
  });

  test('leaves a worker that executes what an earlier run left behind, and does not wait for its exit', async () => {
    const stage = new Stage();
    stage.dispatch({ isWarm: true });

    await stage.clock.advance(199);
    expect(stage.events).toEqual([]);
    await stage.clock.advance(1);

    expect(stage.events).toEqual(['terminated', 'returned']);
    expect(stage.thread.hung).toEqual(['earlier']);
    expect(stage.thread.isForgotten).toBe(true);
  });

  test('waits for the exit of such a worker if it cannot be taken back, because it may have begun', async () => {
    const stage = new Stage();
    stage.dispatch({ isWarm: true, isRevocable: null });

    await stage.clock.advance(200);
    expect(stage.events).toEqual(['terminated']);
    stage.exit();

    expect(stage.events).toEqual(['terminated', 'returned']);
  });

  test('stays with a worker that has begun it, although its message has not arrived', async () => {
    const stage = new Stage();
    stage.dispatch({ isWarm: true, isRevocable: false });

    await stage.clock.advance(499);
    expect(stage.events).toEqual([]);
    stage.start();

    expect(stage.events).toEqual(['started']);
  });

  test('waits for a worker that waits itself, because the machine gives it no processor', async () => {
    const stage = new Stage();
    stage.dispatch({ isWarm: true });
    await stage.clock.advance(100);
    stage.thread.idle = 80;
    await stage.clock.advance(200);
    stage.thread.idle = 160;

    await stage.clock.advance(199);
    expect(stage.events).toEqual([]);
    stage.start();

    expect(stage.events).toEqual(['started']);
  });
  test('waits for a worker that had no processor for most of the time, which no left-over kept busy', async () => {
    const stage = new Stage();
    stage.dispatch({ isWarm: true, idle: null, starved: 1_000, isRevocable: null });
    await stage.clock.advance(20);
    stage.thread.starved = 1_000 + 101;
    await stage.clock.advance(180);
    stage.thread.starved = 1_101 + 101;

    await stage.clock.advance(199);
    expect(stage.events).toEqual([]);
    expect(stage.thread.hung).toEqual([]);

    stage.thread.starved += 100;
    await stage.clock.advance(201);
    expect(stage.thread.hung).toEqual(['earlier']);
  });

  test('is returned any number of times, because that says nothing about it', () => {
    const stage = new Stage();

    for (const _ of [1, 2, 3, 4, 5]) {
      stage.dispatch();
      stage.task.heard({ kind: 'task.declined', taskId: 'run' });
      stage.task.ended({ kind: 'answered' });
    }

    expect(stage.events).toEqual(['returned', 'returned', 'returned', 'returned', 'returned']);
  });

  test('is reported as it ended although its worker does not answer, and the worker is terminated', async () => {
    const stage = new Stage();
    stage.dispatch();
    stage.start();
    stage.finish();

    await stage.clock.advance(249);
    expect(stage.events).toEqual(['started']);
    await stage.clock.advance(1);
    stage.exit();

    expect(stage.events).toEqual(['started', 'terminated', 'ended', 'reported']);
    expect(stage.reports).toMatchObject([{ outcome: 'succeeded' }]);
    expect(stage.thread.hung).toEqual(['present']);
  });

  test('is timed by the clock of the supervisor, whatever its worker says', async () => {
    const stage = new Stage();
    await stage.clock.advance(50);
    stage.dispatch();
    await stage.clock.advance(10);
    stage.task.heard({ kind: 'run.started', taskId: 'run', atMonotonicMs: 1e9 });

    await stage.clock.advance(1_000);
    expect(stage.thread.sent).toEqual([{ kind: 'abort', taskId: 'run', reason: 'wall-budget' }]);
    stage.finish({ atMonotonicMs: -5 });
    stage.task.ended({ kind: 'answered' });

    expect(stage.reports[0]?.start?.startedAtMonotonicMs).toBe(60);
    expect(stage.reports[0]?.finishedAtMonotonicMs).toBe(60);
  });

  test('starts and ends once, however often its worker says so', () => {
    const stage = new Stage();
    stage.dispatch();
    stage.start();
    stage.start();
    stage.finish();
    stage.finish({ error: { name: 'Error', message: 'no' } });
    stage.task.ended({ kind: 'answered' });

    expect(stage.events).toEqual(['started', 'ended', 'reported']);
    expect(stage.reports).toMatchObject([{ outcome: 'succeeded' }]);
  });

  test('has run out of memory when it held too much at its end, though it was too short to be measured', () => {
    const stage = new Stage({ heapMb: 10 });
    stage.dispatch();
    stage.start();
    stage.finish({ heldBytes: 11 * MIB });
    stage.task.ended({ kind: 'answered' });

    expect(stage.reports).toMatchObject([
      { outcome: 'out-of-memory', error: { message: expect.stringContaining('held 11 MiB when it ended') } },
    ]);
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
    expect(stage.thread.isGivenUp).toBe(true);

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

  test('is first looked at early, and then four times a second for as long as it lasts', async () => {
    const stage = started({ heapMb: 10 });

    expect(await looksWithin(stage, 1_000)).toEqual([20, 270, 520, 770]);
    stage.task.ended({ kind: 'answered' });

    expect(stage.clock.sleeperCount).toBeLessThanOrEqual(1);
    expect(await looksWithin(stage, 1_000)).toEqual([]);
    expect(stage.clock.sleeperCount).toBe(0);
  });

  test('is looked at while its plugin loads, and early again when it has started', async () => {
    const stage = new Stage({ heapMb: 10 });
    stage.dispatch();
    stage.enter();
    await stage.clock.advance(300);
    stage.start();

    expect(await looksWithin(stage, 200)).toEqual([320]);
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

    await stage.clock.advance(69);
    expect(stage.thread.sent).toEqual([]);
    await stage.clock.advance(1);
    expect(stage.thread.sent).toEqual([{ kind: 'abort', taskId: 'run', reason: 'cpu-budget' }]);
  });

  test('is aborted when it holds more memory than it may, and has its grace', async () => {
    const stage = started({ heapMb: 10 });
    stage.thread.measured = { cpuMs: 0, heapBytes: 15 * MIB };

    await stage.clock.advance(419);
    expect(stage.thread.sent.at(-1)).toEqual({ kind: 'abort', taskId: 'run', reason: 'memory-budget' });
    expect(stage.events).toEqual(['started']);
    await stage.clock.advance(1);
    expect(stage.events).toEqual(['started', 'terminated']);
  });

  test('is terminated without a grace when it holds far more memory than it may', async () => {
    const stage = started({ heapMb: 10 });
    stage.thread.measured = { cpuMs: 0, heapBytes: 21 * MIB };

    await stage.clock.advance(119);
    expect(stage.events).toEqual(['started']);
    await stage.clock.advance(1);
    stage.exit();

    expect(stage.thread.sent).toEqual([{ kind: 'collect-garbage' }]);
    expect(stage.events).toEqual(['started', 'terminated', 'ended', 'reported']);
    expect(stage.reports).toMatchObject([{ outcome: 'out-of-memory', isTerminated: true }]);
  });
});
