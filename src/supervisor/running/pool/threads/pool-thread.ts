import type { Worker } from 'node:worker_threads';
import type { ErrorRecord } from '../../../../machines/run.ts';
import { errorRecord } from '../../../../wire/error-record.ts';
import type { ThreadHello } from '../../../../workers/protocol.ts';
import { PoolWorker, type PoolWorkerListener } from '../pool-worker.ts';
import type { WorkerTask } from '../worker-task.ts';
import type { ThreadGreeting } from './thread-greeting.ts';
import { ThreadHandle } from './thread-handle.ts';

export interface PoolThreadParts {
  readonly greeting: ThreadGreeting;
  /** The longest call of a host function, in bytes. */
  readonly maxMessageBytes: number;
}

/** One thread of the pool: a worker whose answers, messages and exit come over three ways and are put in order here. */
export class PoolThread {
  readonly worker: PoolWorker;
  readonly #handle: ThreadHandle;
  #isAnswerEarly = false;
  #error: ErrorRecord | null = null;

  constructor(worker: Worker, { greeting, maxMessageBytes }: PoolThreadParts, listener: PoolWorkerListener) {
    worker.on('message', (message) => {
      if (!greeting.isKnown(message)) this.worker.refuse();
    });
    this.#handle = new ThreadHandle(worker, (message) => this.worker.heard(message));
    this.worker = new PoolWorker(this.#handle, maxMessageBytes, listener);
    worker.on('error', (error) => {
      this.#error = errorRecord(error);
    });
    worker.once('exit', (exitCode) => {
      this.#handle.close();
      this.worker.exited(exitCode, this.#error);
    });
  }

  /** The number that the next task carries: see `WorkerCell`. */
  nextTicket(): number {
    return this.#handle.nextTicket();
  }

  /** The thread has said its hello. Only the first one counts. */
  attach(hello: ThreadHello): void {
    if (this.#handle.isAttached) return;
    this.#handle.attach(hello);
    if (this.#isAnswerEarly && this.worker.task !== null) this.answered(this.worker.task);
  }

  /**
   * Piscina has heard that the task is done. Messages that the task sent before, over our port, may be unread still.
   * After a thread's first task even the hello may be, because it travels by a third port.
   */
  answered(task: WorkerTask): void {
    this.#isAnswerEarly = !this.#handle.isAttached;
    if (this.#isAnswerEarly) return;
    this.#handle.drain();
    this.worker.answered(task);
  }
}
