/**
 * One dispatch of a run to a thread. Its phases, and what limits each in time:
 *
 *   dispatched → loading → running → stopping → ending → over (→ quarantined: over, but its thread is not)
 *   entry        load      wall      grace      EXIT
 *
 * The one rule: a run is reported when its thread has answered or exited, so that its code no longer executes. Only a
 * thread that outlives its termination is given up (quarantined).
 *
 * How long a phase may last is in run-phase.ts, CPU and memory are in budget-meter.ts, what the run says to the outside
 * is in run-relay.ts, and what it is recorded as in run-account.ts and run-verdict.ts.
 */
import type { AbortReason, ErrorRecord } from '../../../machines/run.ts';
import type { RunStarted, RunTask, TaskMessage } from '../../../workers/protocol.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RunListener, RunReport, RunRequest } from '../../ports/run-pool.ts';
import { BudgetMeter } from './budget-meter.ts';
import type { BudgetWatch, Watched } from './budget-watch.ts';
import { RunAccount } from './run-account.ts';
import { type PhaseName, RunPhase } from './run-phase.ts';
import { relay } from './run-relay.ts';
import type { TaskDeath, TaskEnd, TaskThread, ThreadTask } from './thread-task.ts';

/** What an execution uses of its pool. */
export interface ExecutionTools {
  readonly clock: Clock;
  readonly watch: BudgetWatch;
  readonly entryTimeoutMs: number;
  readonly loadTimeoutMs: number;
}

/** The run that is executed. One of the first three is called, once. */
export interface ExecutionOwner {
  /** No thread has taken the run, and nobody has stopped it. The report is for a run that is not dispatched again. */
  notTaken(report: RunReport): void;
  ended(report: RunReport): void;
  /** The thread does not exit, and is given up. */
  quarantined(report: RunReport): void;
  /** Called only after `quarantined`: the thread has exited at last. */
  released(): void;
}

export interface ExecutionParts {
  readonly request: RunRequest;
  readonly listener: RunListener;
  readonly owner: ExecutionOwner;
  readonly tools: ExecutionTools;
}

export class RunExecution implements ThreadTask, Watched {
  readonly message: RunTask;
  readonly #parts: ExecutionParts;
  readonly #phase: RunPhase;
  readonly #meter: BudgetMeter;
  readonly #account: RunAccount;
  #terminate: () => void = () => {};
  #thread: TaskThread | null = null;
  #dispatchedAtMs = 0;

  constructor(message: RunTask, parts: ExecutionParts) {
    const { request } = parts;
    const { clock, entryTimeoutMs, loadTimeoutMs } = parts.tools;
    this.message = message;
    this.#parts = parts;
    this.#phase = new RunPhase({ entryTimeoutMs, loadTimeoutMs, budget: request.budget });
    this.#meter = new BudgetMeter(request.budget, clock);
    this.#account = new RunAccount(request, loadTimeoutMs);
  }

  get taskId(): string {
    return this.message.taskId;
  }

  get wakeAtMs(): number {
    return Math.min(this.#phase.limitAtMs, this.#meter.nextLookAtMs);
  }

  /** A thread is free for the run, but may have to start up first. `terminate` ends whatever thread takes it. */
  dispatched(terminate: () => void): void {
    this.#terminate = terminate;
    this.#dispatchedAtMs = this.#nowMs();
    this.#meter.dispatched(this.#dispatchedAtMs);
    this.#phase.enter('dispatched', this.#dispatchedAtMs);
    this.#parts.tools.watch.add(this);
  }

  assigned(thread: TaskThread): void {
    this.#thread = thread;
    // The run may have been aborted while its thread was starting up.
    const { stop } = this.#account;
    if (stop !== null) thread.send({ kind: 'abort', taskId: this.taskId, reason: stop.reason });
  }

  abort(reason: AbortReason): void {
    if (this.#phase.isStoppable) this.#askToStop(reason);
  }

  kill(reason: AbortReason): void {
    if (this.#phase.isStoppable || this.#phase.name === 'stopping') this.#end(reason);
  }

  heard(message: TaskMessage): void {
    if (this.#phase.name === 'quarantined') return;
    switch (message.kind) {
      case 'task.entered':
        if (this.#phase.name === 'dispatched') this.#enter('loading', this.#nowMs());
        break;
      case 'run.started':
        this.#started(message);
        break;
      case 'run.finished':
        this.#account.finished = message;
        break;
      case 'task.crashed':
        this.#crashed(message.error);
        break;
      default:
        if (this.#thread !== null) relay(message, this.#parts.listener, this.#thread);
    }
  }

  woken(nowMs: number): void {
    if (nowMs >= this.#phase.limitAtMs) this.#expire();
    else void this.#look();
  }

  ended(end: TaskEnd): void {
    const { owner } = this.#parts;
    const { name } = this.#phase;
    if (name === 'quarantined') {
      owner.released();
      return;
    }
    // The death of a thread says nothing about a run that it has not taken.
    const report = this.#leave('over', end.kind === 'died' && name !== 'dispatched' ? end : null);
    const isTaken = name !== 'dispatched' || this.#account.finished !== null;
    if (end.kind === 'answered' || isTaken) owner.ended(report);
    else owner.notTaken(report);
  }

  #nowMs(): number {
    return this.#parts.tools.clock.monotonicMs();
  }

  #enter(phase: PhaseName, atMonotonicMs: number): void {
    this.#phase.enter(phase, atMonotonicMs);
    this.#parts.tools.watch.hurry(this);
  }

  #started({ atMonotonicMs, threadCpuMs }: RunStarted): void {
    const { threadId = 0 } = this.#thread ?? {};
    const start = { dispatchedAtMonotonicMs: this.#dispatchedAtMs, startedAtMonotonicMs: atMonotonicMs, threadId };
    this.#account.start = start;
    if (this.#thread !== null) this.#meter.started(this.#thread, threadCpuMs);
    // If an abort has crossed this message, the run is already in its grace, which counts.
    if (this.#phase.isStoppable) this.#enter('running', atMonotonicMs);
    this.#parts.listener.started(start);
  }

  /** The phase has taken too long. */
  #expire(): void {
    switch (this.#phase.name) {
      case 'dispatched':
        this.#abandonThread();
        break;
      case 'loading':
        this.#end('wall-budget');
        break;
      case 'running':
        this.#askToStop('wall-budget');
        break;
      case 'stopping':
        this.#end(this.#account.stop?.reason ?? 'wall-budget');
        break;
      case 'ending':
        this.#quarantine();
        break;
    }
  }

  async #look(): Promise<void> {
    const excess = await this.#meter.look();
    if (!this.#phase.isExecuting) return;
    this.#parts.tools.watch.hurry(this);
    if (excess?.isExtreme) this.#end(excess.reason);
    else if (excess !== null && this.#phase.name === 'running') this.#askToStop(excess.reason);
  }

  /** Aborts the run's signal, and gives the run its grace. */
  #askToStop(reason: AbortReason): void {
    const nowMs = this.#nowMs();
    this.#account.stopped(reason, nowMs);
    this.#enter('stopping', nowMs);
    this.#thread?.send({ kind: 'abort', taskId: this.taskId, reason });
  }

  #end(reason: AbortReason): void {
    const nowMs = this.#nowMs();
    this.#account.stopped(reason, nowMs);
    this.#account.isTerminated = true;
    this.#enter('ending', nowMs);
    this.#terminate();
  }

  /** The thread ends itself after a crash. It is terminated too, in case it does not get that far. */
  #crashed(error: ErrorRecord): void {
    this.#account.crash = error;
    this.#enter('ending', this.#nowMs());
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
    const atMonotonicMs = this.#nowMs();
    this.#parts.tools.watch.remove(this);
    this.#phase.enter(phase, atMonotonicMs);
    return this.#account.report({ death, isQuarantined: phase === 'quarantined', atMonotonicMs });
  }
}
