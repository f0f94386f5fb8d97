/** The contract between a worker of the pool, a thread or a process, and the task that it executes. */
import type { ErrorRecord } from '../../../machines/run.ts';
import type { PoolTask, TaskMessage, ToPoolWorker } from '../../../workers/protocol.ts';

/** Longest wait for a terminated worker to exit. One that takes longer sits in a system call. */
export const EXIT_LIMIT_MS = 1_000;

/** What a worker holds and has used. */
export interface WorkerUsage {
  readonly cpuMs: number;
  /** JavaScript heap in use, plus buffers. */
  readonly heapBytes: number;
}

/** A worker as its task sees it. */
export interface TaskWorker {
  /** The id of the thread, or of the process. */
  readonly id: number;
  /** @throws DataCloneError when the message holds something that is not data. */
  send(message: ToPoolWorker): void;
  /**
   * Resolves to null when the worker cannot be measured, and when it has exited. Stays pending while a thread sits in
   * native code.
   */
  usage(): Promise<WorkerUsage | null>;
  /** Unties the worker from its task, because the worker does not listen and is about to be terminated. */
  forget(): void;
  /** Lets the process exit although the worker cannot be ended. */
  unref(): void;
}

/** A worker has exited. `error` is the reason, for example that a thread ran out of memory. */
export interface TaskDeath {
  readonly kind: 'died';
  readonly exitCode: number;
  readonly error: ErrorRecord | null;
}

/** Why a worker has nothing more to do with a task. The task has heard all messages that the worker sent before. */
export type TaskEnd =
  /** The worker is free for another task. */
  | { readonly kind: 'answered' }
  | TaskDeath
  /** No worker got the task, or the task could not be sent. */
  | { readonly kind: 'undelivered' };

/** Something that a worker executes. Its generation calls these in the order below, and `ended` once. */
export interface WorkerTask {
  readonly taskId: string;
  readonly message: PoolTask;
  assigned(worker: TaskWorker): void;
  heard(message: TaskMessage): void;
  ended(end: TaskEnd): void;
}

/** Hands a task to a free worker. Returns what ends the task's worker, at any time and whatever the task does. */
export type Execute = (task: WorkerTask) => () => void;
