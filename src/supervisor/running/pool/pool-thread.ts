import { type MessagePort, receiveMessageOnPort, type Worker } from 'node:worker_threads';
import type { ErrorRecord } from '../../../machines/run.ts';
import { errorRecord } from '../../../wire/error-record.ts';
import type { FromPoolThread, ToPoolThread } from '../../../workers/protocol.ts';
import type { TaskThread, ThreadTask, ThreadUsage } from './thread-task.ts';

export interface PoolThreadListener {
  /** An exception came up after its task ended, or (without a task id) belongs to no task. */
  leftError(thread: PoolThread, error: ErrorRecord, taskId: string | null): void;
  /** The thread is about to exit. Not called for a thread that exits in the middle of a task. */
  leaving(thread: PoolThread): void;
  exited(thread: PoolThread, hadTask: boolean): void;
}

/**
 * One thread of the pool as the supervisor sees it. It has a message port besides piscina's, because piscina drops a
 * worker that it terminates together with all unread messages. This port is read to its end before the exit is
 * reported.
 */
export class PoolThread implements TaskThread {
  readonly threadId: number;
  /** What the thread executes; null when it is idle. */
  task: ThreadTask | null = null;
  /** The thread gets no more tasks, and is terminated once it has none. */
  isRetiring = false;
  /** The thread is about to exit, but piscina does not count its place as free yet. */
  isLeaving = false;
  readonly #worker: Worker;
  readonly #listener: PoolThreadListener;
  readonly #outbox: ToPoolThread[] = [];
  #port: MessagePort | null = null;
  #isAnswerEarly = false;
  #error: ErrorRecord | null = null;
  #cleaned: ((errors: readonly ErrorRecord[]) => void) | null = null;

  constructor(worker: Worker, listener: PoolThreadListener) {
    this.threadId = worker.threadId;
    this.#worker = worker;
    this.#listener = listener;
    worker.on('error', (error) => {
      this.#error = errorRecord(error);
    });
    worker.once('exit', (exitCode) => this.#exited(exitCode));
  }

  /** The thread has sent its hello, and with it the port. Messages that were waiting for the port go out now. */
  attach(port: MessagePort): void {
    this.#port = port;
    port.on('message', this.#heard);
    port.unref();
    for (const message of this.#outbox.splice(0)) port.postMessage(message);
    if (this.#isAnswerEarly && this.task !== null) this.answered(this.task);
  }

  assign(task: ThreadTask): void {
    this.task = task;
    task.assigned(this);
  }

  send(message: ToPoolThread): void {
    if (this.#port === null) this.#outbox.push(message);
    else this.#port.postMessage(message);
  }

  /** The task could not be sent, so the thread knows nothing of it. */
  refused(task: ThreadTask): void {
    this.task = null;
    if (this.isRetiring) this.#leave();
    task.ended({ kind: 'undelivered' });
  }

  /**
   * Piscina has heard that the task is done. Messages that the task sent before, over our port, may be unread still.
   * After a thread's first task even the hello may be, because it travels by a third port.
   */
  answered(task: ThreadTask): void {
    this.#isAnswerEarly = this.#port === null;
    if (this.#isAnswerEarly) return;
    this.#drain();
    if (this.task !== task) return;
    this.task = null;
    if (this.isRetiring) this.#leave();
    task.ended({ kind: 'answered' });
  }

  forget(): void {
    this.task = null;
    this.isRetiring = true;
    this.#leave();
  }

  /** Ends the thread: at once if it is idle, else when its task has ended. */
  retire(): void {
    this.isRetiring = true;
    if (this.task === null) this.#leave();
  }

  /** Resolves to the errors, once the plugins of the thread are cleaned up or the thread has exited. */
  cleanup(): Promise<readonly ErrorRecord[]> {
    return new Promise((resolve) => {
      this.#cleaned = resolve;
      this.send({ kind: 'cleanup' });
    });
  }

  terminate(): void {
    void this.#worker.terminate();
  }

  unref(): void {
    this.#worker.unref();
  }

  async usage(): Promise<ThreadUsage | null> {
    const worker: Partial<Pick<Worker, 'cpuUsage' | 'getHeapStatistics'>> = this.#worker;
    if (worker.cpuUsage === undefined || worker.getHeapStatistics === undefined) return null;
    try {
      const [cpu, heap] = await Promise.all([this.#worker.cpuUsage(), this.#worker.getHeapStatistics()]);
      return { cpuMs: (cpu.user + cpu.system) / 1_000, heapBytes: heap.used_heap_size + heap.external_memory };
    } catch {
      return null;
    }
  }

  readonly #heard = (message: FromPoolThread): void => {
    switch (message.kind) {
      case 'thread.cleaned':
        this.#cleaned?.(message.errors);
        break;
      case 'thread.faulted':
        this.#listener.leftError(this, message.error, null);
        break;
      case 'task.left-error':
        this.#listener.leftError(this, message.error, message.taskId);
        break;
      default:
        // Messages of a task that has ended are dropped, for example a log line from a timer that it left behind.
        if (this.task?.taskId === message.taskId) this.task.heard(message);
    }
  };

  #drain(): void {
    if (this.#port === null) return;
    for (let entry = receiveMessageOnPort(this.#port); entry !== undefined; entry = receiveMessageOnPort(this.#port)) {
      this.#heard(entry.message as FromPoolThread);
    }
  }

  #leave(): void {
    if (this.isLeaving) return;
    this.isLeaving = true;
    this.#listener.leaving(this);
    this.terminate();
  }

  #exited(exitCode: number): void {
    this.#drain();
    this.#port?.close();
    this.#cleaned?.([]);
    const { task } = this;
    this.task = null;
    this.#listener.exited(this, task !== null);
    task?.ended({ kind: 'died', exitCode, error: this.#error });
  }
}
