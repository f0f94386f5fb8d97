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
import type { ExecutionOwner, ExecutionTools } from './execution/execution-owner.ts';
import { RunExecution } from './execution/run-execution.ts';
import { RunAccount } from './execution/run-verdict.ts';
import type { WorkerPoolOptions } from './pool-options.ts';
import { type QueuedRun, shareOf } from './run-queue.ts';
import type { Execute } from './worker-task.ts';

/** After so many threads failed a run before they took it, it is reported as crashed. */
const MAX_DISPATCHES = 3;

/** After a run, a worker may keep this part of the run's memory budget, or the minimum if that is more. */
const SHARE_PART = 4;
const MIN_SHARE_MB = 64;
const MIB = 1_024 * 1_024;

/** What a run's worker is told of its pool. */
export type TaskOptions = Pick<WorkerPoolOptions, 'hostFunctions' | 'maxMessageBytes'>;

/** What a run asks of its pool. */
export interface RunKeeper extends ExecutionTools {
  /** The run no longer occupies a thread that counts. Called once, before the report. */
  ended(run: LiveRun): void;
  /** The run does not occupy its thread any more, and waits to be dispatched again. */
  returned(run: LiveRun): void;
  /** The run's thread does not exit, and is given up. */
  quarantined(run: LiveRun): void;
  /** The thread of a quarantined run has exited at last. */
  released(run: LiveRun): void;
}

export class LiveRun implements QueuedRun, ExecutionOwner {
  readonly taskId: string;
  readonly isLoad = false;
  readonly priority: number;
  readonly isCatchup: boolean;
  readonly tenantId: string | undefined;
  readonly share: QueuedRun['share'];
  readonly hasPlace: boolean | undefined;
  readonly #request: RunRequest;
  readonly #listener: RunListener;
  readonly #keeper: RunKeeper;
  readonly #message: RunTask;
  #execution: RunExecution | null = null;
  #dispatchCount = 0;
  #isOver = false;

  constructor(request: RunRequest, listener: RunListener, at: { keeper: RunKeeper; options: TaskOptions }) {
    const { runId: taskId, source, data, budget } = request;
    const { hostFunctions, maxMessageBytes } = at.options;
    this.taskId = taskId;
    this.priority = request.priority;
    this.isCatchup = request.isCatchup;
    this.hasPlace = request.hasPlace;
    this.tenantId = source.tenantId;
    this.share = shareOf(request);
    const { wallMs, heapMb, fuel } = budget;
    const memory = { budgetBytes: heapMb * MIB, shareBytes: Math.max(heapMb / SHARE_PART, MIN_SHARE_MB) * MIB };
    this.#message = { kind: 'run', taskId, source, data, wallMs, fuel, memory, hostFunctions, maxMessageBytes };
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

  get untilNextMs(): RunRequest['untilNextMs'] {
    return this.#request.untilNextMs;
  }

  /** Whether the run may still start, see `RunRequest`. */
  get mayStart(): boolean {
    return this.#request.mayStart?.() ?? true;
  }

  /** Whether it has left the queue. */
  get isDispatched(): boolean {
    return this.#execution !== null;
  }

  /** Has the start of the run known now, if its worker has begun it. */
  look(): void {
    this.#execution?.look();
  }

  abort(reason: AbortReason): void {
    if (this.#execution === null) this.#abortQueued(reason);
    else this.#execution.abort(reason);
  }

  kill(reason: AbortReason): void {
    if (this.#execution === null) this.#abortQueued(reason);
    else this.#execution.kill(reason);
  }

  /** The queue has no room for it any more. It has left the queue, and its pool. */
  displaced(): void {
    this.#isOver = true;
    // The caller is in the middle of a transition of another schedule.
    this.#keeper.clock.defer(() => this.#listener.rejected());
  }

  endForMemory(): void {
    this.kill('memory-limit');
  }

  /** The plugin that it executes. */
  get sourceId(): string {
    return this.#request.source.id;
  }

  get key(): string {
    return this.#request.key;
  }

  get held(): RunExecution['held'] | null {
    return this.#execution?.held ?? null;
  }

  returned(): void {
    this.#execution = null;
    this.#dispatchCount -= 1;
    this.#keeper.returned(this);
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
    this.#keeper.released(this);
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
