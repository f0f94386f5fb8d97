import { type MessagePort, receiveMessageOnPort, type Worker } from 'node:worker_threads';
import type { FromPoolWorker, ToPoolWorker } from '../../../../workers/protocol.ts';
import type { WorkerHandle } from '../pool-worker.ts';
import type { WorkerUsage } from '../worker-task.ts';

/**
 * A thread and the way to it. It has a message port besides piscina's, because piscina drops a worker that it
 * terminates together with all unread messages. This port is read to its end before the exit is reported.
 */
export class ThreadHandle implements WorkerHandle {
  readonly id: number;
  readonly #worker: Worker;
  readonly #heard: (message: FromPoolWorker) => void;
  readonly #outbox: ToPoolWorker[] = [];
  #port: MessagePort | null = null;

  constructor(worker: Worker, heard: (message: FromPoolWorker) => void) {
    this.id = worker.threadId;
    this.#worker = worker;
    this.#heard = heard;
  }

  get isAttached(): boolean {
    return this.#port !== null;
  }

  /** The thread has sent its hello, and with it the port. Messages that were waiting for the port go out now. */
  attach(port: MessagePort): void {
    this.#port = port;
    port.on('message', this.#heard);
    port.unref();
    for (const message of this.#outbox.splice(0)) port.postMessage(message);
  }

  post(message: ToPoolWorker): void {
    if (this.#port === null) this.#outbox.push(message);
    else this.#port.postMessage(message);
  }

  /** Hears every message that has arrived. */
  drain(): void {
    if (this.#port === null) return;
    for (let entry = receiveMessageOnPort(this.#port); entry !== undefined; entry = receiveMessageOnPort(this.#port)) {
      this.#heard(entry.message as FromPoolWorker);
    }
  }

  close(): void {
    this.drain();
    this.#port?.close();
  }

  terminate(): void {
    void this.#worker.terminate();
  }

  unref(): void {
    this.#worker.unref();
  }

  async usage(): Promise<WorkerUsage | null> {
    const worker: Partial<Pick<Worker, 'cpuUsage' | 'getHeapStatistics'>> = this.#worker;
    if (worker.cpuUsage === undefined || worker.getHeapStatistics === undefined) return null;
    try {
      const [cpu, heap] = await Promise.all([this.#worker.cpuUsage(), this.#worker.getHeapStatistics()]);
      return { cpuMs: (cpu.user + cpu.system) / 1_000, heapBytes: heap.used_heap_size + heap.external_memory };
    } catch {
      return null;
    }
  }
}
