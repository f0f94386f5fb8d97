import type { ErrorRecord } from '../../../machines/run.ts';
import type { PoolWorker } from './pool-worker.ts';
import type { Execute } from './worker-task.ts';

/**
 * The workers that were started together, all threads or all processes. A reload makes a new generation, because a
 * worker keeps every module that it once imported. The old generation ends when its tasks have ended.
 */
export interface Generation {
  /** How many workers exist, also those that start up or are about to exit. */
  readonly workerCount: number;
  /** How many workers are about to exit, and until then keep their place. */
  readonly leavingCount: number;
  /** A task gets this function alone, without the generation. The pool calls it while a worker is free. */
  readonly execute: Execute;
  /** Resolves when no task is left. Call it once. */
  drain(): Promise<void>;
  /** Cleans up the plugins of every idle worker, and ends all workers. Takes two seconds at most. */
  close(): Promise<void>;
}

/** What a generation tells its pool. */
export interface GenerationListener {
  /** An exception came up after its task ended, or (without a task id) belongs to no task. */
  leftError(worker: PoolWorker, error: ErrorRecord, taskId: string | null): void;
  /** A worker has exited before its generation was closed. */
  exited(worker: PoolWorker, hadTask: boolean): void;
  /** A worker failed outside of any task, for example while it started. */
  faulted(error: ErrorRecord): void;
  cleanupFailed(errors: readonly ErrorRecord[]): void;
}

/** How many workers start at once, and how many there may be. */
export interface GenerationSize {
  readonly minThreads: number;
  readonly maxThreads: number;
}

export type StartGeneration = (size: GenerationSize, listener: GenerationListener) => Generation;
