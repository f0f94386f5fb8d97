/** Phases and their limits in virtual time, with a thread that does only what the test says. */
import { describe, expect, test } from 'vitest';
import type { RunReport } from '../../../../src/supervisor/ports/run-pool.ts';
import { BudgetWatch } from '../../../../src/supervisor/running/pool/budget-watch.ts';
import { LiveRun } from '../../../../src/supervisor/running/pool/live-run.ts';
import type { ThreadTask } from '../../../../src/supervisor/running/pool/thread-task.ts';
import { VirtualClock } from '../../../../src/testing/virtual-clock.ts';
import { source } from '../../../support/pool-harness.ts';
import { StubTaskThread } from './stub-task-thread.ts';

const budget = { wallMs: 1_000, cpuMs: Number.POSITIVE_INFINITY, heapMb: Number.POSITIVE_INFINITY, graceMs: 300 };
const data = { scheduleId: 's', scheduledAtMs: 0, runCount: 1, isCatchup: false, runId: 'run', config: null };

/** A run, and what its pool and its listener hear of it. */
class Stage {
  readonly clock = new VirtualClock();
  readonly events: string[] = [];
  readonly reports: RunReport[] = [];
  readonly run: LiveRun;
  thread = new StubTaskThread();
  #task: ThreadTask | null = null;

  constructor() {
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
    const request = { runId: 'run', source: source('empty.ts'), data, budget, priority: 1, isCatchup: false };
    this.run = new LiveRun(request, listener, { keeper, hostFunctions: [] });
  }

  get task(): ThreadTask {
    if (this.#task === null) throw new Error('the run was not dispatched');
    return this.#task;
  }

  /** Gives the run to a thread. */
  dispatch(): void {
    this.thread = new StubTaskThread();
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
    this.task.heard({ kind: 'run.started', taskId: 'run', atMonotonicMs: this.clock.monotonicMs() });
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
    const thread = new StubTaskThread();
    let dispatched: ThreadTask | null = null;
    stage.run.dispatch((task) => {
      dispatched = task;
      return () => {};
    });

    stage.run.abort('removed');
    (dispatched as ThreadTask | null)?.assigned(thread);

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
