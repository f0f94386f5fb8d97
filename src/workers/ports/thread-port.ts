import { readlinkSync } from 'node:fs';
import { MessageChannel, type MessagePort, parentPort, threadId } from 'node:worker_threads';
import type { WorkerCell } from '../../wire/worker-cell.ts';
import type { FromPoolWorker, ThreadHello, ToPoolWorker } from '../protocol.ts';
import type { SupervisorPort } from './supervisor-port.ts';

/**
 * A thread's end of its port to the pool. It is made and handed over while the thread starts, before piscina considers
 * the thread ready. It does not keep the thread alive.
 */
export class ThreadPort implements SupervisorPort {
  readonly post: (message: FromPoolWorker) => void;
  readonly #port: MessagePort;

  constructor(cell: WorkerCell, secret: string) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    // Bound now, because plugins may change the prototype later.
    this.post = port1.postMessage.bind(port1);
    const taskPath = ownTaskPath();
    const hello: ThreadHello = { kind: 'thread.hello', secret, threadId, port: port2, cell: cell.buffer, taskPath };
    parentPort?.postMessage(hello, [port2]);
  }

  listen(receive: (message: ToPoolWorker) => void): void {
    this.#port.on('message', receive);
    this.#port.unref();
  }
}

/** Linux alone shows a thread its own id, as the target of a link: "PID/task/TID". */
function ownTaskPath(): string | null {
  try {
    return `/proc/${readlinkSync('/proc/thread-self')}`;
  } catch {
    return null;
  }
}
