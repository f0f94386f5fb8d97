import type { MessagePort, Worker } from 'node:worker_threads';
import type { ErrorRecord } from '../../../../machines/run.ts';
import { errorRecord } from '../../../../wire/error-record.ts';
import { PoolWorker, type PoolWorkerListener } from '../pool-worker.ts';
import type { WorkerTask } from '../worker-task.ts';
import { ThreadHandle } from './thread-handle.ts';

/** One thread of the pool: a worker whose answers, messages and exit come over three ways and are put in order here. */
export class PoolThread {
  readonly worker: PoolWorker;
  readonly #handle: ThreadHandle;
  #isAnswerEarly = false;
  #error: ErrorRecord | null = null;

  constructor(worker: Worker, listener: PoolWorkerListener) {
    this.#handle = new ThreadHandle(worker, (message) => this.worker.heard(message));
    this.worker = new PoolWorker(this.#handle, listener);
    worker.on('error', (error) => {
      this.#error = errorRecord(error);
    });
    worker.once('exit', (exitCode) => {
      this.#handle.close();
      this.worker.exited(exitCode, this.#error);
    });
  }

  attach(port: MessagePort): void {
    this.#handle.attach(port);
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
