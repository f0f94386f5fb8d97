import { type MessagePort, receiveMessageOnPort, type Worker } from 'node:worker_threads';
import { type Beginning, WorkerCell } from '../../../../wire/worker-cell.ts';
import type { ThreadHello, ToPoolWorker } from '../../../../workers/protocol.ts';
import type { WorkerHandle } from '../pool-worker.ts';
import type { WorkerUsage } from '../worker-task.ts';
import { endChildrenOf } from './child-processes.ts';

/**
 * A thread and the way to it. It has a message port besides piscina's, because piscina drops a worker that it
 * terminates together with all unread messages. This port is read to its end before the exit is reported.
 */
export class ThreadHandle implements WorkerHandle {
  readonly id: number;
  readonly #worker: Worker;
  readonly #heard: (message: unknown) => void;
  readonly #outbox: ToPoolWorker[] = [];
  #port: MessagePort | null = null;
  #cell: WorkerCell | null = null;
  #taskPath: string | null = null;
  #ticket = 0;

  constructor(worker: Worker, heard: (message: unknown) => void) {
    this.id = worker.threadId;
    this.#worker = worker;
    this.#heard = heard;
  }

  get isAttached(): boolean {
    return this.#port !== null;
  }

  /** The thread has sent its hello, and with it the port. Messages that were waiting for the port go out now. */
  attach({ port, cell, taskPath }: ThreadHello): void {
    this.#port = port;
    this.#cell = new WorkerCell(cell);
    this.#taskPath = taskPath;
    port.on('message', this.#heard);
    port.unref();
    for (const message of this.#outbox.splice(0)) this.post(message);
  }

  post(message: ToPoolWorker): void {
    if (this.#port === null) {
      this.#outbox.push(message);
      return;
    }
    this.#port.postMessage(message);
    // A guest may wait for it.
    this.#cell?.mailed();
  }

  /** Hears every message that has arrived. */
  drain(): void {
    if (this.#port === null) return;
    for (let entry = receiveMessageOnPort(this.#port); entry !== undefined; entry = receiveMessageOnPort(this.#port)) {
      this.#heard(entry.message);
    }
  }

  close(): void {
    this.drain();
    this.#port?.close();
  }

  terminate(): void {
    void this.#worker.terminate();
  }

  /** The next task gets this ticket: see `WorkerCell`. */
  nextTicket(): number {
    this.#ticket = (this.#ticket + 1) | 0;
    return this.#ticket;
  }

  revoke(): boolean | null {
    return this.#cell?.take(this.#ticket) ?? null;
  }

  beginning(): Beginning | null {
    return this.#cell?.beginningOf(this.#ticket) ?? null;
  }

  idleMs(): number {
    return this.#worker.performance.eventLoopUtilization().idle;
  }

  /** A thread without a processor still counts as idle if its event loop was waiting when there was something to do. */
  starvedMs(): null {
    return null;
  }

  giveUp(): void {
    this.#worker.unref();
    if (this.#taskPath !== null) endChildrenOf(this.#taskPath);
  }

  heldNow(): null {
    return null;
  }

  /** Before Node 24.6 a thread's CPU time is not known, and counts as none. */
  async usage(): Promise<WorkerUsage | null> {
    const { cpuUsage }: Partial<Pick<Worker, 'cpuUsage'>> = this.#worker;
    try {
      const outsideBytes = this.#cell?.outsideHeapBytes ?? 0;
      const [cpu, heap] = await Promise.all([cpuUsage?.call(this.#worker), this.#worker.getHeapStatistics()]);
      return {
        cpuMs: cpu === undefined ? 0 : (cpu.user + cpu.system) / 1_000,
        heapBytes: heap.used_heap_size + heap.external_memory + outsideBytes,
      };
    } catch {
      return null;
    }
  }
}
