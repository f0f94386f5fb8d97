/**
 * The threads that were started together: one piscina. A reload makes a new generation, because a thread keeps every
 * module that it once imported. The old generation ends when its runs have ended.
 *
 * Piscina starts threads, hands tasks over, and replaces threads that die. It queues a task only while a thread starts
 * up, because the pool gives it one only when a thread is free. The balancer here decides which thread gets a task, so
 * that the thread is always known before the task can run.
 */
import type { Worker } from 'node:worker_threads';
import { Piscina, queueOptionsSymbol } from 'piscina';
import type { ErrorRecord } from '../../../machines/run.ts';
import { errorRecord } from '../../../wire/error-record.ts';
import type { ThreadHello } from '../../../workers/protocol.ts';
import type { Clock } from '../../ports/clock.ts';
import { waitAtMost } from '../../ports/within.ts';
import type { ThreadOptions } from './pool-options.ts';
import { PoolThread, type PoolThreadListener } from './pool-thread.ts';
import type { ThreadTask } from './thread-task.ts';

const CLEANUP_LIMIT_MS = 1_000;
const DESTROY_LIMIT_MS = 1_000;

export interface GenerationListener extends PoolThreadListener {
  /** A thread failed outside of any task, for example while it started. */
  faulted(error: ErrorRecord): void;
  cleanupFailed(errors: readonly ErrorRecord[]): void;
}

/** One task on its way through piscina. */
interface Execution {
  readonly task: ThreadTask;
  thread: PoolThread | null;
}

type Balancer = NonNullable<NonNullable<ConstructorParameters<typeof Piscina>[0]>['loadBalancer']>;

export class ThreadGeneration {
  readonly #clock: Clock;
  readonly #listener: GenerationListener;
  readonly #piscina: Piscina;
  readonly #threads = new Map<number, PoolThread>();
  #taskCount = 0;
  #closed: Promise<void> | null = null;
  #drained: (() => void) | null = null;

  constructor(options: ThreadOptions, clock: Clock, listener: GenerationListener) {
    this.#clock = clock;
    this.#listener = listener;
    this.#piscina = new Piscina({
      ...options,
      // 'sync' parks an idle thread, where it hears neither our port nor its own timers. It would not even be faster:
      // on 2 cores 19,000 empty tasks a second against 33,000, and an idle thread answers in 0.08 ms either way.
      atomics: 'async',
      idleTimeout: Number.POSITIVE_INFINITY,
      recordTiming: false,
      loadBalancer: (task, workers) => this.#place(task, workers),
    });
    this.#piscina.on('message', (hello: ThreadHello) => this.#thread(hello.threadId)?.attach(hello.port));
    this.#piscina.on('error', (error) => this.#listener.faulted(errorRecord(error)));
  }

  get threadCount(): number {
    return this.#piscina.threads.length;
  }

  get leavingCount(): number {
    let count = 0;
    for (const thread of this.#threads.values()) if (thread.isLeaving) count += 1;
    return count;
  }

  /** See `Execute`. */
  execute(task: ThreadTask): () => void {
    const execution: Execution = { task, thread: null };
    const control = new AbortController();
    this.#taskCount += 1;
    this.#piscina.run({ ...task.message, [queueOptionsSymbol]: execution }, { signal: control.signal }).then(
      () => this.#settled(() => execution.thread?.answered(task)),
      (error: unknown) => this.#settled(() => this.#rejected(execution, error)),
    );
    return () => control.abort();
  }

  /** Resolves when no task is left. Call it once. */
  drain(): Promise<void> {
    return new Promise((resolve) => {
      this.#drained = resolve;
      if (this.#taskCount === 0) resolve();
    });
  }

  /** Cleans up the plugins of every idle thread, and ends all threads. Takes two seconds at most. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const idle = [...this.#threads.values()].filter((thread) => thread.isIdle);
    const cleanups = Promise.all(idle.map((thread) => thread.cleanup()));
    const errors = (await waitAtMost(this.#clock, CLEANUP_LIMIT_MS, cleanups)) ?? [[unfinishedCleanup]];
    if (errors.flat().length > 0) this.#listener.cleanupFailed(errors.flat());
    // Otherwise piscina starts a new worker when one exits, even one that it gave up before it was destroyed.
    this.#piscina.options.minThreads = 0;
    await waitAtMost(this.#clock, DESTROY_LIMIT_MS, this.#piscina.destroy());
  }

  #settled(report: () => void): void {
    this.#taskCount -= 1;
    report();
    if (this.#taskCount === 0) this.#drained?.();
  }

  /** A rejection means that piscina has given the thread up. The task ends when the thread exits, which comes later. */
  #rejected({ task, thread }: Execution, error: unknown): void {
    if (thread === null) task.ended({ kind: 'undelivered' });
    else if (!thread.isExecuting(task)) return;
    else if (errorRecord(error).name === 'DataCloneError') thread.refused(task);
    else thread.terminate();
  }

  #place(...[task, workers]: Parameters<Balancer>): ReturnType<Balancer> {
    const execution = task[queueOptionsSymbol] as Execution;
    for (const worker of workers) {
      if (worker.currentUsage !== 0) continue;
      const thread = this.#thread(worker.id);
      // Piscina may count a thread as free a microtask before the end of its task is known here. Then take another
      // thread.
      if (thread === undefined || !thread.isIdle || thread.isRetiring) continue;
      execution.thread = thread;
      thread.assign(execution.task);
      return worker;
    }
    return null;
  }

  /** Finds a thread, or adds it at its hello or first task, whichever is sooner. Undefined when it has exited. */
  #thread(threadId: number): PoolThread | undefined {
    const known = this.#threads.get(threadId);
    if (known !== undefined) return known;
    const worker: Worker | undefined = this.#piscina.threads.find((candidate) => candidate.threadId === threadId);
    if (worker === undefined) return undefined;
    const thread = new PoolThread(worker, {
      leftError: (...left) => this.#listener.leftError(...left),
      exited: (exited, hadTask) => this.#exited(exited, hadTask),
    });
    this.#threads.set(threadId, thread);
    return thread;
  }

  #exited(thread: PoolThread, hadTask: boolean): void {
    this.#threads.delete(thread.threadId);
    if (this.#closed === null) this.#listener.exited(thread, hadTask);
  }
}

const unfinishedCleanup: ErrorRecord = {
  name: 'CleanupTimeout',
  message: `A plugin's cleanup() did not end within ${CLEANUP_LIMIT_MS} ms.`,
};
