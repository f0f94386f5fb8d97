import type { ErrorRecord } from '../../../machines/run.ts';
import type { FromPoolWorker, ToPoolWorker } from '../../../workers/protocol.ts';
import type { TaskWorker, WorkerTask, WorkerUsage } from './worker-task.ts';

/** A thread or a process, as what runs in it is commanded. */
export interface WorkerHandle {
  /** The id of the thread, or of the process. */
  readonly id: number;
  /** @throws DataCloneError when the message holds something that is not data. */
  post(message: ToPoolWorker): void;
  /** See `TaskWorker`. */
  usage(): Promise<WorkerUsage | null>;
  /** Ends it, whatever it executes. */
  terminate(): void;
  /** See `TaskWorker`. */
  unref(): void;
}

export interface PoolWorkerListener {
  /** An exception came up after its task ended, or (without a task id) belongs to no task. */
  leftError(worker: PoolWorker, error: ErrorRecord, taskId: string | null): void;
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
  #cleaned: ((errors: readonly ErrorRecord[]) => void) | null = null;

  constructor(handle: WorkerHandle, listener: PoolWorkerListener) {
    this.handle = handle;
    this.#listener = listener;
  }

  get id(): number {
    return this.handle.id;
  }

  assign(task: WorkerTask): void {
    this.task = task;
    task.assigned(this);
  }

  send(message: ToPoolWorker): void {
    this.handle.post(message);
  }

  usage(): Promise<WorkerUsage | null> {
    return this.handle.usage();
  }

  unref(): void {
    this.handle.unref();
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
    if (this.isRetiring) this.#leave();
    task.ended({ kind: 'answered' });
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

  /** Resolves to the errors, once the plugins of the worker are cleaned up or the worker has exited. */
  cleanup(): Promise<readonly ErrorRecord[]> {
    return new Promise((resolve) => {
      this.#cleaned = resolve;
      this.send({ kind: 'cleanup' });
    });
  }

  heard(message: FromPoolWorker): void {
    switch (message.kind) {
      case 'worker.cleaned':
        this.#cleaned?.(message.errors);
        break;
      case 'worker.faulted':
        this.#listener.leftError(this, message.error, null);
        break;
      case 'task.left-error':
        this.#listener.leftError(this, message.error, message.taskId);
        break;
      default:
        // Messages of a task that has ended are dropped, for example a log line from a timer that it left behind.
        if (this.task?.taskId === message.taskId) this.task.heard(message);
    }
  }

  /** The worker is gone, and everything that it sent before is heard. `error` is the reason, as far as it is known. */
  exited(exitCode: number, error: ErrorRecord | null): void {
    this.#cleaned?.([]);
    const { task } = this;
    this.task = null;
    this.#listener.exited(this, task !== null);
    task?.ended({ kind: 'died', exitCode, error });
  }

  #leave(): void {
    if (this.isLeaving) return;
    this.isLeaving = true;
    this.#listener.leaving(this);
    this.handle.terminate();
  }
}
