/**
 * One dispatch of a run to a thread, through the phases of run-phase.ts.
 *
 * The one rule: a run is reported when its thread has answered or exited, so that its code no longer executes. Only a
 * thread that outlives its termination is given up (quarantined).
 *
 * What is seen of a run from outside is in run-looks.ts, what it says to the outside in run-relay.ts, and what it is
 * reported as in run-verdict.ts.
 */
import type { AbortReason } from '../../../../machines/run.ts';
import type { Beginning } from '../../../../wire/worker-cell.ts';
import type { RunFinished, RunTask, TaskMessage } from '../../../../workers/protocol.ts';
import type { RunReport } from '../../../ports/run-pool.ts';
import {
  ANSWER_LIMIT_MS,
  EXIT_LIMIT_MS,
  type Execute,
  type TaskDeath,
  type TaskEnd,
  type TaskWorker,
  type WorkerTask,
} from '../worker-task.ts';
import type { ExecutionParts } from './execution-owner.ts';
import { PhaseClock } from './phase-clock.ts';
import { RunLooks } from './run-looks.ts';
import { ENDABLE, MEASURED, STOPPABLE } from './run-phase.ts';
import { relay } from './run-relay.ts';
import { RunAccount } from './run-verdict.ts';

export class RunExecution implements WorkerTask {
  readonly message: RunTask;
  readonly taskId: string;
  readonly key: string;
  readonly #parts: ExecutionParts;
  readonly #account = new RunAccount();
  readonly #looks: RunLooks;
  readonly #clock: PhaseClock;
  #dispatchedAtMs = 0;
  #worker: TaskWorker | null = null;
  /** The worker will not take the run, or has said so: it goes to another one. */
  #isReturned = false;
  #terminate: () => void = () => {};

  constructor(message: RunTask, parts: ExecutionParts) {
    this.message = message;
    this.taskId = message.taskId;
    this.key = parts.request.key;
    this.#parts = parts;
    const { clock, watch } = parts.tools;
    this.#looks = new RunLooks(parts.request.budget, clock);
    this.#clock = new PhaseClock(watch, this.#looks, (why, nowMs) => {
      if (why === 'limit') this.#expire(nowMs);
      else void this.#measure();
    });
  }

  /** What the run holds, for a comparison with others. */
  get held(): RunLooks['held'] {
    return this.#looks.heldNow;
  }

  /** A thread is free for the run, but may have to start up first. Call it once. */
  dispatch(execute: Execute): void {
    const nowMs = this.#nowMs();
    this.#dispatchedAtMs = nowMs;
    this.#clock.start(nowMs + this.#parts.tools.entryTimeoutMs, nowMs);
    this.#terminate = execute(this);
  }

  assigned(worker: TaskWorker): void {
    this.#worker = worker;
    this.#looks.assigned(worker);
    // The run may have been aborted while its thread was starting up.
    const { stop } = this.#account;
    if (stop !== null) worker.send({ kind: 'abort', taskId: this.taskId, reason: stop.reason });
  }

  /** Has the start of the run known now, if its worker has begun it and no message says so yet. Returns whether it has. */
  look(): boolean {
    const beginning = this.#account.start === null ? this.#worker?.beginning() : null;
    if (beginning) this.#started(beginning);
    return Boolean(beginning);
  }

  abort(reason: AbortReason): void {
    this.look();
    if (STOPPABLE.has(this.#clock.phase)) this.#askToStop(reason, this.#nowMs());
    else if (this.#isReturned) this.#keep(reason);
  }

  kill(reason: AbortReason): void {
    this.look();
    if (ENDABLE.has(this.#clock.phase)) this.#end(reason, this.#nowMs());
    else if (this.#isReturned) this.#keep(reason);
  }

  heard(message: TaskMessage): void {
    if (this.#clock.phase === 'quarantined') return;
    this.look();
    switch (message.kind) {
      case 'task.entered':
        if (this.#clock.phase === 'dispatched')
          this.#clock.enter('loading', this.#nowMs() + this.#parts.tools.loadTimeoutMs);
        break;
      case 'run.started':
        this.#started(message);
        break;
      case 'task.declined':
        this.#isReturned = this.#clock.phase === 'dispatched';
        break;
      case 'run.finished':
        this.#finished(message);
        break;
      case 'task.crashed':
        // The thread ends itself after a crash. It is terminated too, in case it does not get that far.
        this.#account.crash = message.error;
        this.#endWorker(this.#nowMs());
        break;
      default:
        if (this.#worker !== null) relay(message, this.#parts.listener, this.#worker);
    }
  }

  ended(end: TaskEnd): void {
    this.look();
    const { owner } = this.#parts;
    const { phase } = this.#clock;
    const isTaken = phase !== 'dispatched' || this.#account.finished !== null;
    // The death of a thread says nothing about a run that it has not taken.
    const death = end.kind === 'died' && phase !== 'dispatched' ? end : null;
    const report = phase === 'quarantined' ? null : this.#leave('over', death);
    if (report === null) owner.released();
    else if (this.#isReturned) owner.returned();
    else if (end.kind === 'answered' || isTaken) owner.ended(report);
    else owner.notTaken(report);
  }

  #nowMs(): number {
    return this.#parts.tools.clock.monotonicMs();
  }

  #started(message: Beginning): void {
    if (this.#account.start !== null) return;
    const { request, listener } = this.#parts;
    const at = { dispatchedAtMs: this.#dispatchedAtMs, nowMs: this.#nowMs(), threadId: this.#worker?.id ?? 0 };
    const start = this.#account.started(message, at);
    this.#isReturned = false;
    this.#looks.started(message.threadCpuMs);
    // If an abort has crossed this message, the run is already in its grace, which counts.
    const limitAtMs = start.startedAtMonotonicMs + request.budget.wallMs;
    if (STOPPABLE.has(this.#clock.phase)) this.#clock.enter('running', limitAtMs);
    listener.started(start);
  }

  #finished(message: RunFinished): void {
    if (this.#account.finished !== null) return;
    if (message.start !== undefined) this.#started(message.start);
    const nowMs = this.#nowMs();
    this.#account.ended(message, { dispatchedAtMs: this.#dispatchedAtMs, nowMs });
    if (this.#clock.phase !== 'ending') this.#clock.enter('leaving', nowMs + ANSWER_LIMIT_MS);
  }

  /** The phase has taken too long. */
  #expire(nowMs: number): void {
    if (this.look()) return;
    const { phase } = this.#clock;
    if (phase === 'dispatched') this.#abandonWorker();
    else if (phase === 'loading') this.#end('wall-budget', nowMs);
    else if (phase === 'running') this.#askToStop('wall-budget', nowMs);
    else if (phase === 'stopping') this.#end(this.#account.stop?.reason ?? 'wall-budget', nowMs);
    else if (phase === 'ending') this.#quarantine();
    else if (phase === 'leaving') {
      this.#worker?.hangs('present');
      this.#endWorker(nowMs);
    }
  }

  async #measure(): Promise<void> {
    this.look();
    if (this.#clock.phase === 'dispatched' && this.#looks.isStuck()) return this.#abandonWorker();
    const isMeasured = MEASURED.has(this.#clock.phase);
    const looking = isMeasured ? this.#looks.look() : null;
    this.#clock.reschedule();
    const excess = await looking;
    if (!isMeasured || !MEASURED.has(this.#clock.phase)) return;
    this.#looks.looked();
    this.#clock.reschedule();
    if (excess?.isExtreme || (excess && this.#clock.phase === 'loading')) this.#end(excess.reason, this.#nowMs());
    else if (excess && this.#clock.phase === 'running') this.#askToStop(excess.reason, this.#nowMs());
  }

  /** Aborts the run's signal, and gives the run its grace. */
  #askToStop(reason: AbortReason, nowMs: number): void {
    this.#account.stopped(reason, nowMs);
    this.#clock.enter('stopping', nowMs + this.#parts.request.budget.graceMs);
    this.#worker?.send({ kind: 'abort', taskId: this.taskId, reason });
  }

  #end(reason: AbortReason, nowMs: number): void {
    this.#account.stopped(reason, nowMs);
    this.#account.isTerminated = true;
    this.#endWorker(nowMs);
  }

  #endWorker(nowMs: number): void {
    this.#clock.enter('ending', nowMs + EXIT_LIMIT_MS);
    this.#terminate();
  }

  /**
   * The worker hangs in something that another run left there. If the run can be taken back, it does not wait for the
   * worker's exit. If that cannot be known, the worker may have begun it in this moment, so its exit is awaited. If the
   * worker has begun it, its message is on the way.
   */
  #abandonWorker(): void {
    const worker = this.#worker;
    const isTakenBack = worker?.revoke() ?? null;
    if (isTakenBack === false) {
      this.#clock.enter('dispatched', this.#nowMs() + this.#parts.tools.entryTimeoutMs);
      return;
    }
    if (worker?.isWarm) worker.hangs('earlier');
    this.#isReturned = true;
    if (isTakenBack === null) this.#clock.enter('ending', this.#nowMs() + EXIT_LIMIT_MS);
    else worker?.forget();
    this.#terminate();
    if (isTakenBack) this.ended({ kind: 'undelivered' });
  }

  /** It was about to go to another worker, and is to stop instead. */
  #keep(reason: AbortReason): void {
    this.#isReturned = false;
    this.#account.stopped(reason, this.#nowMs());
  }

  #quarantine(): void {
    this.#account.isTerminated = true;
    this.#worker?.giveUp();
    this.#parts.owner.quarantined(this.#leave('quarantined', null));
  }

  /** Enters a phase in which the run is reported. */
  #leave(phase: 'over' | 'quarantined', death: TaskDeath | null): RunReport {
    const { request, tools } = this.#parts;
    this.#clock.leave(phase);
    const finishedAtMonotonicMs = this.#account.finished?.atMonotonicMs ?? this.#nowMs();
    const known = { budget: request.budget, loadTimeoutMs: tools.loadTimeoutMs, seenBytes: this.#looks.held.bytes };
    return this.#account.report({ ...known, death, isQuarantined: phase === 'quarantined', finishedAtMonotonicMs });
  }
}
