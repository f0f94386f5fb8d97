import { type MessagePort, receiveMessageOnPort, type Worker } from 'node:worker_threads';
import type { ErrorRecord } from '../../../machines/run.ts';
import { errorRecord } from '../../../wire/error-record.ts';
import type { FromPoolThread, TaskMessage, ToPoolThread } from '../../../workers/protocol.ts';
import type { TaskThread, ThreadTask, ThreadUsage } from './thread-task.ts';

export interface PoolThreadListener {
  /** An exception came up after its task ended, or (without a task id) belongs to no task. */
  leftError(thread: PoolThread, error: ErrorRecord, taskId: string | null): void;
  exited(thread: PoolThread, hadTask: boolean): void;
}

/**
 * One thread of the pool as the supervisor sees it. It has a message port besides piscina's, because piscina drops a
 * worker that it terminates together with all unread messages. This port is read to its end before the exit is
 * reported.
 */
export class PoolThread implements TaskThread {
  readonly threadId: number;
  /** The thread gets no more tasks, and is terminated once it has none. */
  isRetiring = false;
  readonly #worker: Worker;
  readonly #listener: PoolThreadListener;
  readonly #outbox: ToPoolThread[] = [];
  #port: MessagePort | null = null;
  #task: ThreadTask | null = null;
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

  get isIdle(): boolean {
    return this.#task === null;
  }

  /** The thread is about to exit, but piscina does not count its place as free yet. */
  get isLeaving(): boolean {
    return this.isRetiring && this.isIdle;
  }

  /** The thread has sent its hello, and with it the port. Messages that were waiting for the port go out now. */
  attach(port: MessagePort): void {
    this.#port = port;
    port.on('message', (message: FromPoolThread) => this.#heard(message));
    port.unref();
    for (const message of this.#outbox.splice(0)) port.postMessage(message);
    if (this.#isAnswerEarly && this.#task !== null) this.answered(this.#task);
  }

  assign(task: ThreadTask): void {
    this.#task = task;
    task.assigned(this);
  }

  send(message: ToPoolThread): void {
    if (this.#port === null) this.#outbox.push(message);
    else this.#port.postMessage(message);
  }

  isExecuting(task: ThreadTask): boolean {
    return this.#task === task;
  }

  /** The task could not be sent, so the thread knows nothing of it. */
  refused(task: ThreadTask): void {
    this.#task = null;
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
    if (this.#task !== task) return;
    this.#task = null;
    if (this.isRetiring) this.terminate();
    task.ended({ kind: 'answered' });
  }

  forget(): void {
    this.#task = null;
    this.isRetiring = true;
  }

  /** Ends the thread: at once if it is idle, else when its task has ended. */
  retire(): void {
    this.isRetiring = true;
    if (this.isIdle) this.terminate();
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

  #heard(message: FromPoolThread): void {
    if (message.kind === 'thread.cleaned') this.#cleaned?.(message.errors);
    else if (message.kind === 'thread.faulted') this.#listener.leftError(this, message.error, null);
    else this.#heardOfTask(message);
  }

  /** Drops messages of a task that has ended, for example a log line from a timer that it left behind. */
  #heardOfTask(message: TaskMessage): void {
    if (message.kind === 'task.left-error') this.#listener.leftError(this, message.error, message.taskId);
    else if (this.#task?.taskId === message.taskId) this.#task.heard(message);
  }

  #drain(): void {
    if (this.#port === null) return;
    for (let entry = receiveMessageOnPort(this.#port); entry !== undefined; entry = receiveMessageOnPort(this.#port)) {
      this.#heard(entry.message as FromPoolThread);
    }
  }

  #exited(exitCode: number): void {
    this.#drain();
    this.#port?.close();
    this.#cleaned?.([]);
    const task = this.#task;
    this.#task = null;
    this.#listener.exited(this, task !== null);
    task?.ended({ kind: 'died', exitCode, error: this.#error });
  }
}
