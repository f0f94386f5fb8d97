import { MessageChannel, type MessagePort, parentPort, threadId } from 'node:worker_threads';
import type { FromPoolWorker, ThreadHello, ToPoolWorker } from '../protocol.ts';
import type { SupervisorPort } from './supervisor-port.ts';

/**
 * A thread's end of its port to the pool. It is made and handed over while the thread starts, before piscina considers
 * the thread ready. It does not keep the thread alive.
 */
export class ThreadPort implements SupervisorPort {
  readonly #port: MessagePort;

  constructor() {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    const hello: ThreadHello = { kind: 'thread.hello', threadId, port: port2 };
    parentPort?.postMessage(hello, [port2]);
  }

  post(message: FromPoolWorker): void {
    this.#port.postMessage(message);
  }

  listen(receive: (message: ToPoolWorker) => void): void {
    this.#port.on('message', receive);
    this.#port.unref();
  }
}
