/**
 * One run from the pool's queue to its report. Its phases, and what ends each in time (`#limitAtMs`):
 *
 *   queued → dispatched → loading → running → stopping → ending → over (→ quarantined: over, but its thread is not)
 *            entry        load      wall      grace      EXIT
 *
 * The one rule: a run is reported when its thread has answered or exited, so that its code no longer executes; only a
 * thread that outlives its termination is given up (quarantined). A thread that dies, or does not listen, before it has
 * taken the run says nothing about the run: it is dispatched again.
 */
import type { AbortReason, ErrorRecord } from '../../../machines/run.ts';
import type { RunStarted, RunTask, TaskMessage } from '../../../workers/protocol.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RunListener, RunRequest } from '../../ports/run-pool.ts';
import { BudgetMeter } from './budget-meter.ts';
import type { BudgetWatch, Watched } from './budget-watch.ts';
import { answerHostCall } from './host-answer.ts';
import type { PoolThread } from './pool-thread.ts';
import { RunAccount } from './run-account.ts';
import type { QueuedRun } from './run-queue.ts';
import type { TaskDeath, TaskEnd, ThreadTask } from './thread-task.ts';

/** Longest wait for a terminated thread to exit. */
export const EXIT_LIMIT_MS = 1_000;
/** Runs shorter than this are not measured. */
const FIRST_LOOK_MS = 200;
const MAX_DISPATCHES = 3;

type Phase = 'queued' | 'dispatched' | 'loading' | 'running' | 'stopping' | 'ending' | 'quarantined' | 'over';

/** What a run asks of its pool. */
export interface RunKeeper {
  readonly clock: Clock;
  readonly watch: BudgetWatch;
  readonly entryTimeoutMs: number;
  readonly loadTimeoutMs: number;
  /** It no longer occupies a thread that counts. Called once, before the report. */
  ended(run: LiveRun): void;
  /** It does not occupy its thread and is to be dispatched again. */
  returned(run: LiveRun): void;
  /** Its thread does not exit, and is given up. */
  quarantined(run: LiveRun): void;
  /** The thread of a quarantined run has exited at last. */
  released(): void;
}

export class LiveRun implements ThreadTask, Watched, QueuedRun {
  readonly message: RunTask;
  readonly #request: RunRequest;
  readonly #listener: RunListener;
  readonly #keeper: RunKeeper;
  readonly #account: RunAccount;
  #phase: Phase = 'queued';
  #limitAtMs = Number.POSITIVE_INFINITY;
  #lookAtMs = Number.POSITIVE_INFINITY;
  #meter: BudgetMeter | null = null;
  #terminate: () => void = () => {};
  #thread: PoolThread | null = null;
  #dispatchCount = 0;
  #dispatchedAtMs = 0;

  constructor(request: RunRequest, listener: RunListener, at: { keeper: RunKeeper; hostFunctions: readonly string[] }) {
    const { runId: taskId, source, data, budget } = request;
    this.message = { kind: 'run', taskId, source, data, wallMs: budget.wallMs, hostFunctions: at.hostFunctions };
    this.#request = request;
    this.#listener = listener;
    this.#keeper = at.keeper;
    this.#account = new RunAccount(request, at.keeper.loadTimeoutMs);
  }

  get taskId(): string {
    return this.#request.runId;
  }

  get priority(): number {
    return this.#request.priority;
  }

  get isCatchup(): boolean {
    return this.#request.isCatchup;
  }

  get wakeAtMs(): number {
    return Math.min(this.#limitAtMs, this.#lookAtMs);
  }

  /** A thread is free for it; `terminate` ends whatever thread it gets. */
  dispatched(terminate: () => void): void {
    const nowMs = this.#keeper.clock.monotonicMs();
    this.#terminate = terminate;
    this.#dispatchCount += 1;
    this.#dispatchedAtMs = nowMs;
    // So early only in order that one timer does for all phases of a short run.
    this.#lookAtMs = nowMs + FIRST_LOOK_MS;
    this.#enter('dispatched', nowMs + this.#keeper.entryTimeoutMs);
    this.#keeper.watch.add(this);
  }

  /** It may have been told to stop while its thread was starting up. */
  assigned(thread: PoolThread): void {
    this.#thread = thread;
    const { stop } = this.#account;
    if (stop !== null) thread.send({ kind: 'abort', taskId: this.taskId, reason: stop.reason });
  }

  abort(reason: AbortReason): void {
    if (this.#phase === 'queued') this.#abortQueued(reason);
    else if (this.#account.stop === null && this.#isStoppable()) this.#tellToStop(reason);
  }

  kill(reason: AbortReason): void {
    if (this.#phase === 'queued') this.#abortQueued(reason);
    else if (this.#isStoppable() || this.#phase === 'stopping') this.#end(reason);
  }

  heard(message: TaskMessage): void {
    if (this.#phase === 'quarantined') return;
    switch (message.kind) {
      case 'task.entered':
        if (this.#phase === 'dispatched') this.#enter('loading', this.#nowMs() + this.#keeper.loadTimeoutMs);
        break;
      case 'run.started':
        this.#started(message);
        break;
      case 'run.finished':
        this.#account.finished = message;
        break;
      case 'run.logged':
        this.#listener.logged(message.line);
        break;
      case 'run.progressed':
        this.#listener.progressed(message.fraction, message.note);
        break;
      case 'host.called':
        if (this.#thread !== null) void answerHostCall(message, this.#listener, this.#thread);
        break;
      case 'task.crashed':
        this.#crashed(message.error);
        break;
    }
  }

  woken(nowMs: number): void {
    if (nowMs >= this.#limitAtMs) this.#expire();
    else this.#look(nowMs);
  }

  ended(end: TaskEnd): void {
    if (this.#phase === 'quarantined') this.#released();
    else if (end.kind !== 'answered' && this.#isUntouched()) this.#return();
    // Of a run that no thread has taken, a thread's death tells nothing.
    else this.#report(end.kind === 'died' && this.#phase !== 'dispatched' ? end : null);
  }

  #nowMs(): number {
    return this.#keeper.clock.monotonicMs();
  }

  #enter(phase: Phase, limitAtMs: number): void {
    this.#phase = phase;
    this.#limitAtMs = limitAtMs;
  }

  #isStoppable(): boolean {
    return this.#phase === 'dispatched' || this.#phase === 'loading' || this.#phase === 'running';
  }

  /** No thread has taken it, nobody wants it stopped, and threads did not fail it too often. */
  #isUntouched(): boolean {
    const isTaken = this.#phase !== 'dispatched' || this.#account.finished !== null;
    return !isTaken && this.#account.stop === null && this.#dispatchCount < MAX_DISPATCHES;
  }

  #started({ atMonotonicMs, threadCpuMs }: RunStarted): void {
    const { threadId = 0 } = this.#thread ?? {};
    this.#account.start = {
      dispatchedAtMonotonicMs: this.#dispatchedAtMs,
      startedAtMonotonicMs: atMonotonicMs,
      threadId,
    };
    // It may be told to stop already, when the two messages have crossed: then its grace counts.
    if (this.#isStoppable()) this.#enter('running', atMonotonicMs + this.#request.budget.wallMs);
    if (this.#thread !== null) this.#meter = new BudgetMeter(this.#request.budget, this.#thread, threadCpuMs);
    this.#keeper.watch.hurry(this);
    this.#listener.started(this.#account.start);
  }

  /** The thread ends itself. Should it not manage to, it is helped. */
  #crashed(error: ErrorRecord): void {
    this.#account.crash = error;
    this.#terminate();
    this.#enter('ending', this.#nowMs() + EXIT_LIMIT_MS);
    this.#keeper.watch.hurry(this);
  }

  #abortQueued(reason: AbortReason): void {
    this.#account.stop = { reason, atMonotonicMs: this.#nowMs() };
    this.#phase = 'over';
    // Later, as the caller may be in the middle of a transition of the schedule that the report is for.
    this.#keeper.clock.defer(() => this.#report(null));
  }

  #tellToStop(reason: AbortReason): void {
    const atMonotonicMs = this.#nowMs();
    this.#account.stop = { reason, atMonotonicMs };
    this.#enter('stopping', atMonotonicMs + this.#request.budget.graceMs);
    this.#keeper.watch.hurry(this);
    this.#thread?.send({ kind: 'abort', taskId: this.taskId, reason });
  }

  #end(reason: AbortReason): void {
    const atMonotonicMs = this.#nowMs();
    this.#account.stop ??= { reason, atMonotonicMs };
    this.#account.isTerminated = true;
    this.#enter('ending', atMonotonicMs + EXIT_LIMIT_MS);
    this.#keeper.watch.hurry(this);
    this.#terminate();
  }

  #expire(): void {
    switch (this.#phase) {
      case 'dispatched':
        this.#abandonThread();
        break;
      case 'loading':
        this.#end('wall-budget');
        break;
      case 'running':
        this.#tellToStop('wall-budget');
        break;
      case 'stopping':
        this.#end(this.#account.stop?.reason ?? 'wall-budget');
        break;
      case 'ending':
        this.#quarantine();
        break;
    }
  }

  /** The thread hangs in what another run left there. It will not take this one any more: no need to wait for its end. */
  #abandonThread(): void {
    const thread = this.#thread;
    thread?.forget();
    this.#terminate();
    // Without a thread, the generation says that the run was not delivered.
    if (thread !== null) this.ended({ kind: 'undelivered' });
  }

  #look(nowMs: number): void {
    this.#lookAtMs = nowMs + (this.#meter?.intervalMs ?? FIRST_LOOK_MS);
    void this.#meter?.look().then((excess) => {
      if (this.#meter !== null) this.#lookAtMs = Math.min(this.#lookAtMs, this.#nowMs() + this.#meter.intervalMs);
      this.#keeper.watch.hurry(this);
      if (excess === null || !this.#isLiveNow()) return;
      if (excess.isExtreme) this.#end(excess.reason);
      else if (this.#phase === 'running') this.#tellToStop(excess.reason);
    });
  }

  #isLiveNow(): boolean {
    return this.#phase === 'running' || this.#phase === 'stopping';
  }

  #return(): void {
    this.#keeper.watch.remove(this);
    this.#thread = null;
    this.#enter('queued', Number.POSITIVE_INFINITY);
    this.#keeper.returned(this);
  }

  #quarantine(): void {
    this.#account.isTerminated = true;
    // It must at least not hold the process.
    this.#thread?.unref();
    this.#report(null, 'quarantined');
    this.#keeper.quarantined(this);
  }

  #released(): void {
    this.#phase = 'over';
    this.#keeper.released();
    this.#listener.released();
  }

  #report(death: TaskDeath | null, phase: 'over' | 'quarantined' = 'over'): void {
    this.#keeper.watch.remove(this);
    this.#phase = phase;
    if (phase === 'over') this.#keeper.ended(this);
    const isQuarantined = phase === 'quarantined';
    this.#listener.reported(this.#account.report({ death, isQuarantined, atMonotonicMs: this.#nowMs() }));
  }
}
