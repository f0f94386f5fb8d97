import type { ErrorRecord } from '../../../machines/run.ts';
import type { PoolTask, TaskMessage } from '../../../workers/protocol.ts';
import type { PoolThread } from './pool-thread.ts';

/** A thread has exited. `error` is what Node says of it, such as that it ran out of memory. */
export interface TaskDeath {
  readonly kind: 'died';
  readonly exitCode: number;
  readonly error: ErrorRecord | null;
}

/** Why a thread has no more to do with a task. Whatever it said of it before has been heard. */
export type TaskEnd =
  /** It is free for another one. */
  | { readonly kind: 'answered' }
  | TaskDeath
  /** No thread was given the task, or the task could not be sent. */
  | { readonly kind: 'undelivered' };

/** Something that a pool thread executes. Called by its generation, in this order, with one end. */
export interface ThreadTask {
  readonly taskId: string;
  readonly message: PoolTask;
  assigned(thread: PoolThread): void;
  heard(message: TaskMessage): void;
  ended(end: TaskEnd): void;
}
