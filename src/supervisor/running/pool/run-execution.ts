/**
 * One dispatch of a run to a thread, through the phases of run-phase.ts.
 *
 * The one rule: a run is reported when its thread has answered or exited, so that its code no longer executes. Only a
 * thread that outlives its termination is given up (quarantined).
 *
 * CPU and memory are in budget-meter.ts, what the run says to the outside is in run-relay.ts, and what it is reported
 * as is in run-verdict.ts.
 */
import type { AbortReason } from '../../../machines/run.ts';
import type { RunStarted, RunTask, TaskMessage } from '../../../workers/protocol.ts';
import type { RunReport } from '../../ports/run-pool.ts';
import { BudgetMeter, FIRST_LOOK_MS } from './budget-meter.ts';
import type { Watched } from './budget-watch.ts';
import type { ExecutionParts } from './execution-owner.ts';
import { EXECUTING, type RunPhase, STOPPABLE } from './run-phase.ts';
import { relay } from './run-relay.ts';
import { RunAccount } from './run-verdict.ts';
import {
  EXIT_LIMIT_MS,
  type Execute,
  type TaskDeath,
  type TaskEnd,
  type TaskWorker,
  type WorkerTask,
} from './worker-task.ts';

export class RunExecution implements WorkerTask, Watched {
  readonly message: RunTask;
  readonly taskId: string;
  readonly #parts: ExecutionParts;
  readonly #account = new RunAccount();
  #phase: RunPhase = 'dispatched';
  #dispatchedAtMs = 0;
  /** When the phase has taken too long, monotonic milliseconds; Infinity when nothing limits it. */
  #limitAtMs = Number.POSITIVE_INFINITY;
  /** When to measure the run next, monotonic milliseconds. */
  #lookAtMs = Number.POSITIVE_INFINITY;
  /** The earlier one of the two. */
  wakeAtMs = Number.POSITIVE_INFINITY;
  #thread: TaskWorker | null = null;
  /** CPU time that the thread used before the run; undefined when Node cannot measure it. */
  #cpuFromMs: number | undefined;
  #meter: BudgetMeter | null = null;
  #terminate: () => void = () => {};

  constructor(message: RunTask, parts: ExecutionParts) {
    this.message = message;
    this.taskId = message.taskId;
    this.#parts = parts;
  }

  /** A thread is free for the run, but may have to start up first. Call it once. */
  dispatch(execute: Execute): void {
    const { clock, watch, entryTimeoutMs } = this.#parts.tools;
    const nowMs = clock.monotonicMs();
    this.#dispatchedAtMs = nowMs;
    this.#limitAtMs = nowMs + entryTimeoutMs;
    // The looks begin before `run()` does, so that one timer serves all phases of a short run.
    this.#lookAtMs = nowMs + FIRST_LOOK_MS;
    this.wakeAtMs = Math.min(this.#limitAtMs, this.#lookAtMs);
    watch.add(this, nowMs);
    this.#terminate = execute(this);
  }

  assigned(thread: TaskWorker): void {
    this.#thread = thread;
    // The run may have been aborted while its thread was starting up.
    const { stop } = this.#account;
    if (stop !== null) thread.send({ kind: 'abort', taskId: this.taskId, reason: stop.reason });
  }

  abort(reason: AbortReason): void {
    if (STOPPABLE.has(this.#phase)) this.#askToStop(reason, this.#nowMs());
  }

  kill(reason: AbortReason): void {
    if (STOPPABLE.has(this.#phase) || this.#phase === 'stopping') this.#end(reason, this.#nowMs());
  }

  heard(message: TaskMessage): void {
    if (this.#phase === 'quarantined') return;
    switch (message.kind) {
      case 'task.entered':
        if (this.#phase === 'dispatched') this.#enter('loading', this.#nowMs() + this.#parts.tools.loadTimeoutMs);
        break;
      case 'run.started':
        this.#started(message);
        break;
      case 'run.finished':
        this.#account.finished = message;
        break;
      case 'task.crashed':
        // The thread ends itself after a crash. It is terminated too, in case it does not get that far.
        this.#account.crash = message.error;
        this.#enter('ending', this.#nowMs() + EXIT_LIMIT_MS);
        this.#terminate();
        break;
      default:
        if (this.#thread !== null) relay(message, this.#parts.listener, this.#thread);
    }
  }

  woken(nowMs: number): void {
    if (nowMs >= this.#limitAtMs) this.#expire(nowMs);
    else void this.#look(nowMs);
  }

  ended(end: TaskEnd): void {
    const { owner } = this.#parts;
    const phase = this.#phase;
    if (phase === 'quarantined') {
      owner.released();
      return;
    }
    // The death of a thread says nothing about a run that it has not taken.
    const report = this.#leave('over', end.kind === 'died' && phase !== 'dispatched' ? end : null);
    const isTaken = phase !== 'dispatched' || this.#account.finished !== null;
    if (end.kind === 'answered' || isTaken) owner.ended(report);
    else owner.notTaken(report);
  }

  #nowMs(): number {
    return this.#parts.tools.clock.monotonicMs();
  }

  #enter(phase: RunPhase, limitAtMs: number): void {
    this.#phase = phase;
    this.#limitAtMs = limitAtMs;
    this.#reschedule();
  }

  #reschedule(): void {
    const previousMs = this.wakeAtMs;
    this.wakeAtMs = Math.min(this.#limitAtMs, this.#lookAtMs);
    if (this.wakeAtMs < previousMs) this.#parts.tools.watch.hurry(this);
  }

  #started({ atMonotonicMs, threadCpuMs }: RunStarted): void {
    const { request, listener } = this.#parts;
    const { id: threadId = 0 } = this.#thread ?? {};
    const start = { dispatchedAtMonotonicMs: this.#dispatchedAtMs, startedAtMonotonicMs: atMonotonicMs, threadId };
    this.#account.start = start;
    this.#cpuFromMs = threadCpuMs;
    // If an abort has crossed this message, the run is already in its grace, which counts.
    if (STOPPABLE.has(this.#phase)) this.#enter('running', atMonotonicMs + request.budget.wallMs);
    listener.started(start);
  }

  /** The phase has taken too long. */
  #expire(nowMs: number): void {
    switch (this.#phase) {
      case 'dispatched':
        this.#abandonThread();
        break;
      case 'loading':
        this.#end('wall-budget', nowMs);
        break;
      case 'running':
        this.#askToStop('wall-budget', nowMs);
        break;
      case 'stopping':
        this.#end(this.#account.stop?.reason ?? 'wall-budget', nowMs);
        break;
      case 'ending':
        this.#quarantine();
        break;
    }
  }

  /** Measures the run. Before it has started there is nothing to measure, so it is looked at again later. */
  async #look(nowMs: number): Promise<void> {
    if (this.#thread === null || this.#account.start === null) {
      this.#lookAt(nowMs + FIRST_LOOK_MS);
      return;
    }
    this.#meter ??= new BudgetMeter(this.#thread, this.#cpuFromMs, {
      budget: this.#parts.request.budget,
      clock: this.#parts.tools.clock,
    });
    const looking = this.#meter.look();
    this.#lookAt(this.#meter.nextLookAtMs);
    const excess = await looking;
    if (!EXECUTING.has(this.#phase)) return;
    this.#lookAt(this.#meter.nextLookAtMs);
    if (excess?.isExtreme) this.#end(excess.reason, this.#nowMs());
    else if (excess !== null && this.#phase === 'running') this.#askToStop(excess.reason, this.#nowMs());
  }

  #lookAt(atMs: number): void {
    this.#lookAtMs = atMs;
    this.#reschedule();
  }

  /** Aborts the run's signal, and gives the run its grace. */
  #askToStop(reason: AbortReason, nowMs: number): void {
    this.#account.stopped(reason, nowMs);
    this.#enter('stopping', nowMs + this.#parts.request.budget.graceMs);
    this.#thread?.send({ kind: 'abort', taskId: this.taskId, reason });
  }

  #end(reason: AbortReason, nowMs: number): void {
    this.#account.stopped(reason, nowMs);
    this.#account.isTerminated = true;
    this.#enter('ending', nowMs + EXIT_LIMIT_MS);
    this.#terminate();
  }

  /**
   * The thread hangs in something that another run left there. It will not take this run, so do not wait for its exit.
   */
  #abandonThread(): void {
    const thread = this.#thread;
    thread?.forget();
    this.#terminate();
    // Without a thread, the generation reports the task as undelivered.
    if (thread !== null) this.ended({ kind: 'undelivered' });
  }

  #quarantine(): void {
    this.#account.isTerminated = true;
    this.#thread?.unref();
    this.#parts.owner.quarantined(this.#leave('quarantined', null));
  }

  /** Enters a phase in which the run is reported. */
  #leave(phase: 'over' | 'quarantined', death: TaskDeath | null): RunReport {
    const { request, tools } = this.#parts;
    this.#phase = phase;
    this.wakeAtMs = Number.POSITIVE_INFINITY;
    tools.watch.remove(this);
    return this.#account.report({
      budget: request.budget,
      loadTimeoutMs: tools.loadTimeoutMs,
      death,
      isQuarantined: phase === 'quarantined',
      finishedAtMonotonicMs: this.#account.finished?.atMonotonicMs ?? this.#nowMs(),
    });
  }
}
