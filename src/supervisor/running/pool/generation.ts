import type { ErrorRecord } from '../../../machines/run.ts';
import type { PoolWorkerListener } from './pool-worker.ts';
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
  /** Whether a task would find a worker that has started and has nothing to do. */
  readonly hasReadyWorker: boolean;
  /** A task gets this function alone, without the generation. The pool calls it while a worker is free. */
  readonly execute: Execute;
  /** No run of the plugin comes any more: workers that loaded it clean it up, if it is sealed, and forget it. */
  unload(sourceId: string): void;
  /** It has a successor, which gets the tasks from now on, but for a few until its workers have started. */
  retire(): void;
  /** Resolves when no task is left. Call it once, after `retire`, and give it no task any more. */
  drain(): Promise<void>;
  /** Cleans up the plugins of every idle worker, and ends all workers. Takes two seconds at most. */
  close(): Promise<void>;
}

/** What a generation tells its pool. It says nothing of exits once it is closed. */
export interface GenerationListener extends Omit<PoolWorkerListener, 'leaving'> {
  /** A worker has started. */
  ready(): void;
  /** A worker failed outside of any task, for example while it started. */
  faulted(error: ErrorRecord): void;
}

/** How many workers start at once, and how many there may be; and the longest call that one may send. */
export interface GenerationSize {
  readonly minThreads: number;
  readonly maxThreads: number;
  readonly maxMessageBytes: number;
}

export type StartGeneration = (size: GenerationSize, listener: GenerationListener) => Generation;
