/**
 * The threads that were started together: one piscina.
 *
 * Piscina starts threads, hands tasks over, and replaces threads that die. It queues a task only while a thread starts
 * up, because the pool gives it one only when a thread is free. The balancer here decides which thread gets a task, so
 * that the thread is always known before the task can run.
 */
import type { Worker } from 'node:worker_threads';
import { Piscina, queueOptionsSymbol } from 'piscina';
import type { ErrorRecord } from '../../../../machines/run.ts';
import { errorRecord } from '../../../../wire/error-record.ts';
import type { ThreadData, ThreadTask } from '../../../../workers/protocol.ts';
import type { Clock } from '../../../ports/clock.ts';
import { waitAtMost } from '../../../ports/within.ts';
import type { Generation, GenerationListener } from '../generation.ts';
import type { PoolWorker } from '../pool-worker.ts';
import type { Execute, WorkerTask } from '../worker-task.ts';
import { PoolThread, type PoolThreadParts } from './pool-thread.ts';
import { TaskAbort } from './task-abort.ts';
import { ThreadGreeting } from './thread-greeting.ts';
import type { ThreadOptions } from './thread-options.ts';

const CLEANUP_LIMIT_MS = 1_000;
const DESTROY_LIMIT_MS = 1_000;

/** One task on its way through piscina. */
interface Execution {
  readonly task: WorkerTask;
  thread: PoolThread | null;
  /** What piscina sends. It is completed when its thread is known, which is before it is sent. */
  readonly message: { -readonly [F in keyof ThreadTask]: ThreadTask[F] };
}

type Balancer = NonNullable<NonNullable<ConstructorParameters<typeof Piscina>[0]>['loadBalancer']>;

export class ThreadGeneration implements Generation {
  readonly #clock: Clock;
  readonly #listener: GenerationListener;
  readonly #piscina: Piscina;
  readonly #parts: PoolThreadParts;
  readonly #threads = new Map<number, PoolThread>();
  leavingCount = 0;
  #taskCount = 0;
  #closed: Promise<void> | null = null;
  #drained: (() => void) | null = null;

  constructor(options: ThreadOptions, clock: Clock, listener: GenerationListener) {
    const { maxMessageBytes, hostFunctions, ...forPiscina } = options;
    const greeting = new ThreadGreeting();
    this.#clock = clock;
    this.#listener = listener;
    this.#parts = { greeting, maxMessageBytes };
    this.#piscina = new Piscina({
      ...forPiscina,
      workerData: { ...greeting.threadData, hostFunctions, maxMessageBytes } satisfies ThreadData,
      // 'sync' parks an idle thread, where it hears neither our port nor its own timers. It would not even be faster:
      // on 2 cores 19,000 empty tasks a second against 33,000, and an idle thread answers in 0.08 ms either way.
      atomics: 'async',
      idleTimeout: Number.POSITIVE_INFINITY,
      recordTiming: false,
      loadBalancer: this.#place,
    });
    this.#piscina.on('message', (message) => {
      if (!greeting.isHello(message)) return;
      const thread = this.#threads.get(message.threadId) ?? this.#added(message.threadId);
      thread?.attach(message);
      this.#listener.ready();
    });
    this.#piscina.on('error', (error) => this.#listener.faulted(errorRecord(error)));
  }

  get workerCount(): number {
    return this.#piscina.threads.length;
  }

  get hasReadyWorker(): boolean {
    for (const { isReady, worker } of this.#threads.values()) {
      if (isReady && worker.task === null && !worker.isRetiring) return true;
    }
    return false;
  }

  readonly execute: Execute = (task) => {
    const abort = new TaskAbort();
    void this.#perform({ task, thread: null, message: { ticket: 0, task: NO_TASK } }, abort);
    return () => abort.abort();
  };

  unload(sourceId: string): void {
    for (const thread of this.#threads.values()) thread.unload(sourceId);
  }

  retire(): void {
    // Its threads end when it is closed.
  }

  drain(): Promise<void> {
    return new Promise((resolve) => {
      this.#drained = resolve;
      if (this.#taskCount === 0) resolve();
    });
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const idle = [...this.#threads.values()].filter(({ worker }) => worker.task === null);
    const cleanups = Promise.all(idle.map(({ worker }) => worker.cleanup()));
    const failures = (await waitAtMost(this.#clock, CLEANUP_LIMIT_MS, cleanups)) ?? [[{ error: unfinishedCleanup }]];
    if (failures.flat().length > 0) this.#listener.cleanupFailed(failures.flat());
    // Otherwise piscina starts a new worker when one exits, even one that it gave up before it was destroyed.
    this.#piscina.options.minThreads = 0;
    await waitAtMost(this.#clock, DESTROY_LIMIT_MS, this.#piscina.destroy());
  }

  async #perform(execution: Execution, signal: TaskAbort): Promise<void> {
    const { task } = execution;
    let failure: ErrorRecord | null = null;
    let report: unknown;
    this.#taskCount += 1;
    try {
      report = await this.#piscina.run(Object.assign(execution.message, { [queueOptionsSymbol]: execution }), {
        signal,
      });
    } catch (error) {
      failure = errorRecord(error);
    }
    this.#taskCount -= 1;
    if (failure === null) execution.thread?.answered(task, report);
    else this.#rejected(execution, failure);
    if (this.#taskCount === 0) this.#drained?.();
  }

  /** A rejection means that piscina has given the thread up. The task ends when the thread exits, which comes later. */
  #rejected({ task, thread }: Execution, { name }: ErrorRecord): void {
    if (thread === null) task.ended({ kind: 'undelivered' });
    else if (thread.worker.task !== task) return;
    else if (name === 'DataCloneError') thread.worker.refused(task);
    else thread.worker.handle.terminate();
  }

  /** Chooses the thread of a task. Piscina asks again whenever a thread starts or becomes free. */
  readonly #place: Balancer = (task, workers) => {
    const execution = task[queueOptionsSymbol] as Execution;
    for (const worker of workers) {
      if (worker.currentUsage !== 0) continue;
      const thread = this.#threads.get(worker.id) ?? this.#added(worker.id);
      thread?.keepView(worker);
      // Piscina may count a thread as free a microtask before the end of its task is known here. Then take another
      // thread.
      if (thread === undefined || thread.worker.task !== null || thread.worker.isRetiring) continue;
      execution.thread = thread;
      execution.message.ticket = thread.nextTicket();
      execution.message.task = thread.sent(execution.task.message);
      thread.worker.assign(execution.task);
      return worker;
    }
    return null;
  };

  /** Adds a thread at its hello or first task, whichever is sooner. Undefined when it has exited. */
  #added(threadId: number): PoolThread | undefined {
    const worker: Worker | undefined = this.#piscina.threads.find((candidate) => candidate.threadId === threadId);
    if (worker === undefined) return undefined;
    const thread = new PoolThread(worker, this.#parts, {
      leftError: (...left) => this.#listener.leftError(...left),
      soiled: (...soil) => this.#listener.soiled(...soil),
      refused: (...message) => this.#listener.refused(...message),
      cleanupFailed: (failures) => this.#listener.cleanupFailed(failures),
      leaving: () => {
        this.leavingCount += 1;
      },
      exited: (exited, hadTask) => this.#exited(exited, hadTask),
    });
    this.#threads.set(threadId, thread);
    return thread;
  }

  #exited(worker: PoolWorker, hadTask: boolean): void {
    this.#threads.delete(worker.id);
    if (worker.isLeaving) this.leavingCount -= 1;
    if (this.#closed === null) this.#listener.exited(worker, hadTask);
  }
}

/** Stands in a message until its thread is known. */
const NO_TASK = { kind: 'load', taskId: '', source: { id: '', module: '', resolveFrom: '', options: null } } as const;

const unfinishedCleanup: ErrorRecord = {
  name: 'CleanupTimeout',
  message: `A plugin's cleanup() did not end within ${CLEANUP_LIMIT_MS} ms.`,
};
