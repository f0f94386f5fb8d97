/** The contract between a pool thread and the task that it executes. */
import type { ErrorRecord } from '../../../machines/run.ts';
import type { PoolTask, TaskMessage, ToPoolThread } from '../../../workers/protocol.ts';

/** Longest wait for a terminated thread to exit. A thread that takes longer sits in a system call. */
export const EXIT_LIMIT_MS = 1_000;

/** What a thread holds and has used. */
export interface ThreadUsage {
  readonly cpuMs: number;
  /** JavaScript heap in use, plus buffers. */
  readonly heapBytes: number;
}

/** A pool thread as its task sees it. */
export interface TaskThread {
  readonly threadId: number;
  /** @throws DataCloneError when the message holds something that is not data. */
  send(message: ToPoolThread): void;
  /**
   * Resolves to null when Node cannot measure threads, and when the thread has exited. Stays pending while the thread
   * sits in native code.
   */
  usage(): Promise<ThreadUsage | null>;
  /** Unties the thread from its task, because the thread does not listen and is about to be terminated. */
  forget(): void;
  /** Lets the process exit although the thread cannot be ended. */
  unref(): void;
}

/** A thread has exited. `error` is Node's reason, for example that the thread ran out of memory. */
export interface TaskDeath {
  readonly kind: 'died';
  readonly exitCode: number;
  readonly error: ErrorRecord | null;
}

/** Why a thread has nothing more to do with a task. The task has heard all messages that the thread sent before. */
export type TaskEnd =
  /** The thread is free for another task. */
  | { readonly kind: 'answered' }
  | TaskDeath
  /** No thread got the task, or the task could not be sent. */
  | { readonly kind: 'undelivered' };

/** Something that a pool thread executes. Its generation calls these in the order below, and `ended` once. */
export interface ThreadTask {
  readonly taskId: string;
  readonly message: PoolTask;
  assigned(thread: TaskThread): void;
  heard(message: TaskMessage): void;
  ended(end: TaskEnd): void;
}

/** Hands a task to a free thread. Returns what ends the task's thread, at any time and whatever the task does. */
export type Execute = (task: ThreadTask) => () => void;
