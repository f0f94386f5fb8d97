/**
 * One run from the pool's queue to its report. It is queued, dispatched to a thread (run-execution.ts follows it
 * there), and reported.
 *
 * When a thread dies, or does not listen, before it has taken the run, that says nothing about the run: it goes back to
 * the queue and is dispatched again, a few times at most.
 */
import type { AbortReason } from '../../../machines/run.ts';
import type { RunTask } from '../../../workers/protocol.ts';
import type { RunListener, RunReport, RunRequest } from '../../ports/run-pool.ts';
import type { ExecutionOwner, ExecutionTools } from './execution-owner.ts';
import { RunExecution } from './run-execution.ts';
import type { QueuedRun } from './run-queue.ts';
import { RunAccount } from './run-verdict.ts';
import type { Execute } from './worker-task.ts';

/** After so many threads failed a run before they took it, it is reported as crashed. */
const MAX_DISPATCHES = 3;

/** What a run asks of its pool. */
export interface RunKeeper extends ExecutionTools {
  /** The run no longer occupies a thread that counts. Called once, before the report. */
  ended(run: LiveRun): void;
  /** The run does not occupy its thread any more, and waits to be dispatched again. */
  returned(run: LiveRun): void;
  /** The run's thread does not exit, and is given up. */
  quarantined(run: LiveRun): void;
  /** The thread of a quarantined run has exited at last. */
  released(): void;
}

export class LiveRun implements QueuedRun, ExecutionOwner {
  readonly taskId: string;
  readonly priority: number;
  readonly isCatchup: boolean;
  readonly #request: RunRequest;
  readonly #listener: RunListener;
  readonly #keeper: RunKeeper;
  readonly #message: RunTask;
  #execution: RunExecution | null = null;
  #dispatchCount = 0;
  #isOver = false;

  constructor(request: RunRequest, listener: RunListener, at: { keeper: RunKeeper; hostFunctions: readonly string[] }) {
    const { runId: taskId, source, data, budget } = request;
    this.taskId = taskId;
    this.priority = request.priority;
    this.isCatchup = request.isCatchup;
    this.#message = { kind: 'run', taskId, source, data, wallMs: budget.wallMs, hostFunctions: at.hostFunctions };
    this.#request = request;
    this.#listener = listener;
    this.#keeper = at.keeper;
  }

  /** A thread is free for the run. */
  dispatch(execute: Execute): void {
    this.#dispatchCount += 1;
    this.#execution = new RunExecution(this.#message, {
      request: this.#request,
      listener: this.#listener,
      owner: this,
      tools: this.#keeper,
    });
    this.#execution.dispatch(execute);
  }

  abort(reason: AbortReason): void {
    if (this.#execution === null) this.#abortQueued(reason);
    else this.#execution.abort(reason);
  }

  kill(reason: AbortReason): void {
    if (this.#execution === null) this.#abortQueued(reason);
    else this.#execution.kill(reason);
  }

  notTaken(report: RunReport): void {
    this.#execution = null;
    if (this.#dispatchCount < MAX_DISPATCHES) this.#keeper.returned(this);
    else this.ended(report);
  }

  ended(report: RunReport): void {
    this.#isOver = true;
    this.#keeper.ended(this);
    this.#listener.reported(report);
  }

  quarantined(report: RunReport): void {
    this.#isOver = true;
    this.#listener.reported(report);
    this.#keeper.quarantined(this);
  }

  released(): void {
    this.#keeper.released();
    this.#listener.released();
  }

  #abortQueued(reason: AbortReason): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { clock, loadTimeoutMs } = this.#keeper;
    const { budget } = this.#request;
    const account = new RunAccount();
    account.stopped(reason, clock.monotonicMs());
    // The caller may be in the middle of a transition of the schedule that the report is for, so report later.
    clock.defer(() => {
      const finishedAtMonotonicMs = clock.monotonicMs();
      const rest = { budget, loadTimeoutMs, death: null, isQuarantined: false, finishedAtMonotonicMs };
      this.ended(account.report(rest));
    });
  }
}
