import type { ErrorRecord } from '../../../machines/run.ts';
import type { CleanupFailure } from '../../../wire/failures/cleanup-failure.ts';
import type { Beginning } from '../../../wire/worker-cell.ts';
import type { ToPoolWorker } from '../../../workers/protocol.ts';
import { checkedMessage } from './message-check.ts';
import { type Blame, type FailedCleanup, RememberedTasks } from './remembered-tasks.ts';
import type { TaskWorker, WorkerTask, WorkerUsage } from './worker-task.ts';

/** Why a worker does not begin what it is given. On a machine that is too busy it may be nobody's fault. */
const NOT_TAKEN = 'it did not take its next run in time, because what was left behind, or the machine, kept it busy';

/** A thread or a process, as what runs in it is commanded. */
export interface WorkerHandle {
  /** The id of the thread, or of the process. */
  readonly id: number;
  /** @throws DataCloneError when the message holds something that is not data. */
  post(message: ToPoolWorker): void;
  /** See `TaskWorker`. */
  usage(): Promise<WorkerUsage | null>;
  /** See `TaskWorker`. */
  heldNow(): number | null;
  /** See `TaskWorker`. */
  idleMs(): number | null;
  /** See `TaskWorker`. */
  starvedMs(): number | null;
  /** See `TaskWorker`. */
  revoke(): boolean | null;
  /** See `TaskWorker`. */
  beginning(): Beginning | null;
  /** Ends it, whatever it executes. */
  terminate(): void;
  /** See `TaskWorker`. */
  giveUp(): void;
}

export interface PoolWorkerListener {
  /** An exception came up after its task ended, or belongs to no task. */
  leftError(worker: PoolWorker, error: ErrorRecord, blame: Blame): void;
  /** What a run left in the worker would harm other runs: it gets no more tasks. */
  soiled(worker: PoolWorker, reason: string, blame: Blame): void;
  /** It has sent something that is not one of its messages. */
  refused(worker: PoolWorker, blame: Blame): void;
  cleanupFailed(failures: readonly FailedCleanup[]): void;
  /** The worker is about to exit. Not called for a worker that exits in the middle of a task. */
  leaving(worker: PoolWorker): void;
  exited(worker: PoolWorker, hadTask: boolean): void;
}

/** One worker of the pool as the supervisor sees it: what it executes, and whether it goes on after that. */
export class PoolWorker implements TaskWorker {
  readonly handle: WorkerHandle;
  /** What the worker executes; null when it is idle. */
  task: WorkerTask | null = null;
  /** The worker gets no more tasks, and is terminated once it has none. */
  isRetiring = false;
  /** The worker is about to exit, but its place is not free yet. */
  isLeaving = false;
  readonly #listener: PoolWorkerListener;
  readonly #maxMessageBytes: number;
  readonly #tasks = new RememberedTasks();
  /** How many plugins it was told to give up, and has not complained about. */
  #unloadCount = 0;
  #hasFinished = false;
  #cleaned: ((failures: readonly FailedCleanup[]) => void) | null = null;

  constructor(handle: WorkerHandle, maxMessageBytes: number, listener: PoolWorkerListener) {
    this.handle = handle;
    this.#maxMessageBytes = maxMessageBytes;
    this.#listener = listener;
  }

  get id(): number {
    return this.handle.id;
  }

  get isWarm(): boolean {
    return this.#hasFinished;
  }

  assign(task: WorkerTask): void {
    this.task = task;
    this.#tasks.add(task);
    task.assigned(this);
  }

  send(message: ToPoolWorker): void {
    if (message.kind === 'unload') this.#unloadCount += 1;
    this.handle.post(message);
  }

  usage(): Promise<WorkerUsage | null> {
    return this.handle.usage();
  }

  heldNow(): number | null {
    return this.handle.heldNow();
  }

  idleMs(): number | null {
    return this.handle.idleMs();
  }

  starvedMs(): number | null {
    return this.handle.starvedMs();
  }

  revoke(): boolean | null {
    return this.handle.revoke();
  }

  beginning(): Beginning | null {
    return this.handle.beginning();
  }

  giveUp(): void {
    this.handle.giveUp();
  }

  /** The task could not be sent, so the worker knows nothing of it. */
  refused(task: WorkerTask): void {
    this.task = null;
    if (this.isRetiring) this.#leave();
    task.ended({ kind: 'undelivered' });
  }

  /** The worker has nothing more to do for the task, and everything that it sent before is heard. */
  answered(task: WorkerTask): void {
    if (this.task !== task) return;
    this.task = null;
    this.#hasFinished = true;
    if (this.isRetiring) this.#leave();
    task.ended({ kind: 'answered' });
  }

  hangs(blame: 'earlier' | 'present'): void {
    if (blame === 'present') this.#soil('its thread did not answer after the run', this.#tasks.latest);
    else this.#soil(NOT_TAKEN, this.#tasks.beforeLatest());
  }

  /** Processes that a task of it has started live on, and their plugin has no `cleanup()`. */
  leftProcesses(taskId: string, count: number): void {
    const left = count === 1 ? 'a process' : `${count} processes`;
    const reason = `it left ${left} behind, and it has no cleanup() that would end what it keeps`;
    this.#blame({ kind: 'worker.soiled', taskId }, (blame) => this.#soil(reason, blame));
  }

  forget(): void {
    this.task = null;
    this.isRetiring = true;
    this.#leave();
  }

  /** Ends the worker: at once if it is idle, else when its task has ended. */
  retire(): void {
    this.isRetiring = true;
    if (this.task === null) this.#leave();
  }

  /** Resolves to what failed, once the plugins of the worker are cleaned up or the worker has exited. */
  cleanup(): Promise<readonly FailedCleanup[]> {
    return new Promise((resolve) => {
      this.#cleaned = resolve;
      this.send({ kind: 'cleanup' });
    });
  }

  /** Something has come out of the worker. */
  heard(received: unknown): void {
    const message = checkedMessage(received, this.#maxMessageBytes);
    switch (message?.kind) {
      case undefined:
        this.refuse();
        break;
      case 'worker.cleaned':
        this.#cleaned?.(this.#tasks.named(message.failures));
        break;
      case 'cleanup.failed':
        this.#cleanupFailed(message.failures);
        break;
      case 'worker.faulted':
        this.#blame(message, (blame) => this.#listener.leftError(this, message.error, blame));
        break;
      case 'task.left-error':
        this.#blame(message, (blame) => this.#listener.leftError(this, message.error, blame));
        break;
      case 'worker.soiled':
        this.#blame(message, (blame) => this.#soil(message.reason, blame));
        break;
      default:
        // Messages of a task that has ended are dropped, for example a log line from a timer that it left behind.
        if (this.task !== null && this.task.taskId === message?.taskId) this.task.heard(message);
    }
  }

  /** The worker has sent something that is not one of its messages, over any way that leads to the pool. */
  refuse(): void {
    this.retire();
    this.#listener.refused(this, this.#tasks.latest);
  }

  /** The worker is gone, and everything that it sent before is heard. `error` is the reason, as far as it is known. */
  exited(exitCode: number, error: ErrorRecord | null): void {
    this.#cleaned?.([]);
    const { task } = this;
    this.task = null;
    this.#listener.exited(this, task !== null);
    task?.ended({ kind: 'died', exitCode, error });
  }

  #soil(reason: string, blame: Blame): void {
    this.retire();
    this.#listener.soiled(this, reason, blame);
  }

  /** Blames whoever the message is about, the first time. `taskId` is missing when it belongs to no task. */
  #blame(
    { kind, taskId = '' }: { readonly kind: string; readonly taskId?: string },
    told: (blame: Blame) => void,
  ): void {
    const blame = this.#tasks.firstBlame(kind, taskId);
    if (blame !== null) told(blame);
  }

  /** Only a plugin that is given up is cleaned up, so each such request may be answered by one complaint. */
  #cleanupFailed(failures: readonly CleanupFailure[]): void {
    if (this.#unloadCount === 0) {
      this.refuse();
      return;
    }
    this.#unloadCount -= 1;
    this.#listener.cleanupFailed(this.#tasks.named(failures));
  }

  #leave(): void {
    if (this.isLeaving) return;
    this.isLeaving = true;
    this.#listener.leaving(this);
    this.handle.terminate();
  }
}
