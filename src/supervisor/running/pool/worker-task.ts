/** The contract between a worker of the pool, a thread or a process, and the task that it executes. */
import type { ErrorRecord } from '../../../machines/run.ts';
import type { Beginning } from '../../../wire/worker-cell.ts';
import type { PoolTask, TaskMessage, ToPoolWorker } from '../../../workers/protocol.ts';

/** Longest wait for a terminated worker to exit. One that takes longer sits in a system call, or in native code. */
export const EXIT_LIMIT_MS = 1_000;

/**
 * How long a worker may take to become free after it has reported the end of a run, and a moment more. Another run may
 * wait for it.
 */
export const ANSWER_LIMIT_MS = 200;

/** What a worker holds and has used. */
export interface WorkerUsage {
  readonly cpuMs: number;
  /** JavaScript heap in use, plus buffers. Of a process: what it and all that it started hold beyond an empty one. */
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
  /** The bytes that it holds at this moment; null when only its own answer could tell, see `usage`. */
  heldNow(): number | null;
  /** The worker has executed a task before. One that has not is still starting up, or has just done so. */
  readonly isWarm: boolean;
  /**
   * How long its event loop has waited for something to do, in all. While that does not grow, the worker executes or
   * hangs. Null when it cannot be told.
   */
  idleMs(): number | null;
  /** How long it could have executed and had no processor, in all. Null when it cannot be told. */
  starvedMs(): number | null;
  /** Takes the task back before the worker begins it. False when it has begun; null when that cannot be known. */
  revoke(): boolean | null;
  /** How it has begun the run; null when it has not, as far as that can be seen without a message. */
  beginning(): Beginning | null;
  /** Unties the worker from its task, because the worker does not listen and is about to be terminated. */
  forget(): void;
  /** The worker does not respond: a run left something behind, an earlier one or the present one. It is retired. */
  hangs(blame: 'earlier' | 'present'): void;
  /** It cannot be ended. Lets the process exit all the same, and ends what the worker waits for, if the system tells. */
  giveUp(): void;
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
  /** The schedule of a run. */
  readonly key?: string;
  /** The module that a load is about. */
  readonly module?: string;
  readonly message: PoolTask;
  assigned(worker: TaskWorker): void;
  heard(message: TaskMessage): void;
  ended(end: TaskEnd): void;
}

/** Hands a task to a free worker. Returns what ends the task's worker, at any time and whatever the task does. */
export type Execute = (task: WorkerTask) => () => void;
