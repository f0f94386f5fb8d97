import type { ErrorRecord } from '../../../machines/run.ts';
import type { Clock } from '../../ports/clock.ts';
import type { PoolWarning } from '../../ports/run-pool.ts';
import type { ThreadOptions } from './pool-options.ts';
import type { PoolThread } from './pool-thread.ts';
import { type GenerationListener, ThreadGeneration } from './thread-generation.ts';

export interface GenerationsListener {
  warned(warning: PoolWarning): void;
  /** A thread has exited, so that another one may take its place. */
  exited(): void;
}

/**
 * All threads of a pool. New tasks go to the current generation; `recycle` makes a new one, and the old ones end when
 * their tasks have.
 */
export class Generations {
  readonly #options: ThreadOptions;
  readonly #clock: Clock;
  readonly #listener: GenerationsListener;
  readonly #retired = new Set<ThreadGeneration>();
  /** New tasks go to this one. */
  current: ThreadGeneration;
  #replacedCount = 0;

  constructor(options: ThreadOptions, clock: Clock, listener: GenerationsListener) {
    this.#options = options;
    this.#clock = clock;
    this.#listener = listener;
    this.current = this.#started();
  }

  get threadCount(): number {
    let count = this.current.threadCount;
    for (const generation of this.#retired) count += generation.threadCount;
    return count;
  }

  /** How many threads have exited before their generation was closed. */
  get replacedCount(): number {
    return this.#replacedCount;
  }

  recycle(): void {
    const old = this.current;
    this.current = this.#started();
    this.#retired.add(old);
    void old
      .drain()
      .then(() => old.close())
      .then(() => this.#retired.delete(old));
  }

  async close(): Promise<void> {
    await Promise.all([this.current, ...this.#retired].map((generation) => generation.close()));
  }

  #started(): ThreadGeneration {
    const listener: GenerationListener = {
      leftError: (thread, error, taskId) => this.#leftError(thread, error, taskId),
      exited: (thread, hadTask) => this.#exited(thread, hadTask),
      faulted: (error) =>
        this.#listener.warned({ code: 'thread-error', message: 'A pool thread failed outside of any run.', error }),
      cleanupFailed: ([error]) => {
        const message = "A plugin's cleanup() failed.";
        this.#listener.warned({ code: 'cleanup-failed', message, ...(error && { error }) });
      },
    };
    return new ThreadGeneration(this.#options, this.#clock, listener);
  }

  #leftError(thread: PoolThread, error: ErrorRecord, taskId: string | null): void {
    thread.retire();
    const message = 'Code that a run left behind threw an error after the run ended. Its thread is replaced.';
    this.#listener.warned({ code: 'left-over-error', message, error, ...(taskId !== null && { runId: taskId }) });
  }

  #exited(thread: PoolThread, hadTask: boolean): void {
    this.#replacedCount += 1;
    if (!hadTask && !thread.isRetiring)
      this.#listener.warned({ code: 'thread-error', message: 'An idle pool thread exited by itself.' });
    this.#listener.exited();
  }
}
