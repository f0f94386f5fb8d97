import type { ErrorRecord } from '../../../machines/run.ts';
import type { PoolWarning } from '../../ports/run-pool.ts';
import type { Generation, GenerationListener } from './generation.ts';
import type { PoolWorker } from './pool-worker.ts';
import type { Blame, FailedCleanup } from './remembered-tasks.ts';
import type { Execute } from './worker-task.ts';

export interface GenerationsListener {
  warned(warning: PoolWarning): void;
  /** A worker has exited, so that another one may take its place. */
  exited(): void;
}

/** What a worker is to execute. */
interface Executed {
  /** The id of the plugin, in its present version. */
  readonly sourceId: string;
  readonly isLoad: boolean;
}

/** A generation that goes on while the workers of its successor start. */
interface Predecessor {
  readonly generation: Generation;
  /** The plugins that it may execute. */
  readonly sourceIds: ReadonlySet<string>;
}

/**
 * All workers of a pool. New tasks go to the current generation; `recycle` makes a new one, and the old ones end when
 * their tasks have.
 *
 * The new workers have to start, for which no run waits that an old worker may execute: all but those of plugins that
 * came after the old worker, of whose files it may have imported an earlier version.
 */
export class Generations {
  readonly #start: (listener: GenerationListener) => Generation;
  readonly #listener: GenerationsListener;
  readonly #retired = new Set<Generation>();
  /** Workers that have sent what is not a message of ours. */
  readonly #suspects = new WeakSet<PoolWorker>();
  /** New tasks go to this one. */
  current: Generation;
  /** Null once a worker of the current generation has started. */
  #predecessor: Predecessor | null = null;
  /** The plugins that were loaded and run, by id. */
  readonly #sourceIds = new Set<string>();
  #replacedCount = 0;

  constructor(start: (listener: GenerationListener) => Generation, listener: GenerationsListener) {
    this.#start = start;
    this.#listener = listener;
    this.current = this.#started();
  }

  get workerCount(): number {
    let count = this.current.workerCount;
    for (const generation of this.#retired) count += generation.workerCount;
    return count;
  }

  /** How many workers have exited before their generation was closed. */
  get replacedCount(): number {
    return this.#replacedCount;
  }

  /** A load reads the files as they are now, so only a worker of the current generation will do. */
  executeFor({ sourceId, isLoad }: Executed): Execute {
    const old = this.#predecessor;
    const mayBeOld = old !== null && !isLoad && old.sourceIds.has(sourceId);
    if (mayBeOld && old.generation.hasReadyWorker && !this.current.hasReadyWorker) return old.generation.execute;
    this.#sourceIds.add(sourceId);
    return this.current.execute;
  }

  recycle(): void {
    const old = this.current;
    this.current = this.#started();
    this.#retired.add(old);
    old.retire();
    const startsNone = this.current.workerCount === 0;
    // If the predecessor has not ended, the workers of its successor have not started either.
    if (startsNone || this.#predecessor !== null) this.#end(old);
    else this.#predecessor = { generation: old, sourceIds: new Set(this.#sourceIds) };
    if (startsNone) this.#handedOver();
  }

  unload(sourceId: string): void {
    this.#sourceIds.delete(sourceId);
    for (const generation of [this.current, ...this.#retired]) generation.unload(sourceId);
  }

  async close(): Promise<void> {
    await Promise.all([this.current, ...this.#retired].map((generation) => generation.close()));
  }

  #handedOver(): void {
    const old = this.#predecessor;
    this.#predecessor = null;
    if (old !== null) this.#end(old.generation);
  }

  #end(generation: Generation): void {
    void generation
      .drain()
      .then(() => generation.close())
      .then(() => this.#retired.delete(generation));
  }

  #started(): Generation {
    const generation = this.#start({
      ready: () => {
        if (this.current === generation) this.#handedOver();
      },
      leftError: (worker, error, blame) => this.#leftError(worker, error, blame),
      soiled: (_, reason, blame) => this.#soiled(reason, blame),
      refused: (worker, blame) => this.#refused(worker, blame),
      exited: (worker, hadTask) => this.#exited(worker, hadTask),
      faulted: (error) =>
        this.#listener.warned({ code: 'thread-error', message: 'A pool thread failed outside of any run.', error }),
      cleanupFailed: (failures) => this.#cleanupFailed(failures),
    });
    return generation;
  }

  #leftError(worker: PoolWorker, error: ErrorRecord, blame: Blame): void {
    worker.retire();
    const after = blame.module === undefined ? 'the run ended' : 'it was loaded';
    const message = `Code that ${whose(blame)} left behind threw an error after ${after}. Its thread is replaced.`;
    this.#listener.warned({ code: 'left-over-error', message, error, ...runOf(blame) });
  }

  #soiled(reason: string, blame: Blame): void {
    const { module } = blame;
    const thread = module === undefined ? `The thread of ${whose(blame)}` : `A thread that loaded ${module}`;
    this.#listener.warned({ code: 'thread-soiled', message: `${thread} is replaced: ${reason}.`, ...runOf(blame) });
  }

  /** Once for each worker: whoever sends one such message may send a million. */
  #refused(worker: PoolWorker, blame: Blame): void {
    if (this.#suspects.has(worker)) return;
    this.#suspects.add(worker);
    const message = `A message from ${placeOf(blame)} was ignored: it is not one that Escapement sends. The thread is replaced.`;
    this.#listener.warned({ code: 'message-refused', message, ...runOf(blame) });
  }

  /** Once for each plugin, which may have failed in several workers. */
  #cleanupFailed(failures: readonly FailedCleanup[]): void {
    const told = new Set<string | undefined>();
    for (const { module, error } of failures) {
      if (told.has(module)) continue;
      told.add(module);
      const of = module === undefined ? "A plugin's cleanup()" : `The cleanup() of plugin ${module}`;
      this.#listener.warned({ code: 'cleanup-failed', message: `${of} failed.`, error });
    }
  }

  #exited(worker: PoolWorker, hadTask: boolean): void {
    this.#replacedCount += 1;
    if (!hadTask && !worker.isRetiring)
      this.#listener.warned({ code: 'thread-error', message: 'An idle pool thread exited by itself.' });
    this.#listener.exited();
  }
}

function placeOf({ key, module }: Blame): string {
  if (module !== undefined) return `a thread that loads ${module}`;
  return key === undefined ? 'a pool thread' : `a thread that runs schedule "${key}"`;
}

function whose({ key, module }: Blame): string {
  if (module !== undefined) return `plugin ${module}`;
  return key === undefined ? 'a run' : `a run of schedule "${key}"`;
}

function runOf({ module: _, ...run }: Blame): Pick<PoolWarning, 'key' | 'runId'> {
  return run;
}
