import type { Worker } from 'node:worker_threads';
import type { ErrorRecord } from '../../../../machines/run.ts';
import { errorRecord } from '../../../../wire/error-record.ts';
import type { PoolTask, ThreadHello, ThreadTask } from '../../../../workers/protocol.ts';
import { PoolWorker, type PoolWorkerListener } from '../pool-worker.ts';
import type { WorkerTask } from '../worker-task.ts';
import type { ThreadGreeting } from './thread-greeting.ts';
import { ThreadHandle } from './thread-handle.ts';
import { keepView } from './thread-view.ts';

export interface PoolThreadParts {
  readonly greeting: ThreadGreeting;
  /** The longest call of a host function, in bytes. */
  readonly maxMessageBytes: number;
}

/** One thread of the pool: a worker whose answers, messages and exit come over three ways and are put in order here. */
export class PoolThread {
  readonly worker: PoolWorker;
  readonly #handle: ThreadHandle;
  /** What the thread has answered before its hello was heard. */
  #early: { readonly task: WorkerTask; readonly report: unknown } | null = null;
  #error: ErrorRecord | null = null;
  #view: object | null = null;
  /** The plugins that the thread has heard of for certain, by id. */
  readonly #knownSources = new Set<string>();

  constructor(worker: Worker, { greeting, maxMessageBytes }: PoolThreadParts, listener: PoolWorkerListener) {
    worker.on('message', (message) => {
      if (!greeting.isKnown(message)) this.worker.refuse();
    });
    this.#handle = new ThreadHandle(worker, (message) => this.worker.heard(message));
    this.worker = new PoolWorker(this.#handle, maxMessageBytes, listener);
    worker.on('error', (error) => {
      this.#error = reasonOf(errorRecord(error));
    });
    worker.once('exit', (exitCode) => {
      this.#handle.close();
      this.worker.exited(exitCode, this.#error);
    });
  }

  /** Piscina has described the thread by this object: see `keepView`. */
  keepView(view: object): void {
    if (this.#view === view) return;
    this.#view = view;
    keepView(view);
  }

  /** It has started, and waits for its first task or has had it. */
  get isReady(): boolean {
    return this.#handle.isAttached;
  }

  /** The number that the next task carries: see `WorkerCell`. */
  nextTicket(): number {
    return this.#handle.nextTicket();
  }

  /** What is sent of a task to this thread. */
  sent(task: PoolTask): ThreadTask['task'] {
    if (task.kind === 'load') return task;
    const { kind, taskId, source, data, wallMs, fuel, memory } = task;
    const sent = this.#knownSources.has(source.id) ? source.id : source;
    return { kind, taskId, source: sent, data, wallMs, fuel, memory };
  }

  /** The thread gives up the plugin, if it has it. */
  unload(sourceId: string): void {
    if (this.#knownSources.delete(sourceId)) this.worker.send({ kind: 'unload', sourceId });
  }

  /** The thread has said its hello. Only the first one counts. */
  attach(hello: ThreadHello): void {
    if (this.#handle.isAttached) return;
    this.#handle.attach(hello);
    const early = this.#early;
    this.#early = null;
    if (early !== null) this.answered(early.task, early.report);
  }

  /**
   * Piscina has heard that the task is done. Messages that the task sent before, over our port, may be unread still.
   * After a thread's first task even the hello may be, because it travels by a third port.
   * @param report What came with the answer: the last message about the task, or undefined.
   */
  answered(task: WorkerTask, report: unknown): void {
    if (!this.#handle.isAttached) {
      this.#early = { task, report };
      return;
    }
    this.#handle.drain();
    this.#knownSources.add(task.message.source.id);
    if (report !== undefined && this.worker.task === task) this.worker.heard(report);
    this.worker.answered(task);
  }
}

/** Node says only that the memory was over. */
function reasonOf(error: ErrorRecord): ErrorRecord {
  if (error.code !== 'ERR_WORKER_OUT_OF_MEMORY') return error;
  return {
    ...error,
    message: 'The run ran out of memory: its thread reached the heap limit of the pool (pool.resourceLimits).',
  };
}
