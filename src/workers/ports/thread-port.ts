import { readlinkSync } from 'node:fs';
import timers from 'node:timers';
import { MessageChannel, type MessagePort, parentPort, receiveMessageOnPort, threadId } from 'node:worker_threads';
import type { Beginning, WorkerCell } from '../../wire/worker-cell.ts';
import type { FromPoolWorker, RunStarted, ThreadHello, ToPoolWorker } from '../protocol.ts';
import type { SupervisorPort } from './supervisor-port.ts';

const { clearImmediate, setImmediate } = timers;
/** Taken before a plugin is loaded. */
const take = receiveMessageOnPort as (port: MessagePort) => { readonly message: ToPoolWorker } | undefined;

/**
 * A thread's end of its port to the pool. It is made and handed over while the thread starts, before piscina considers
 * the thread ready. It does not keep the thread alive.
 */
export class ThreadPort implements SupervisorPort {
  readonly #cell: WorkerCell;
  readonly #post: (message: FromPoolWorker) => void;
  readonly #port: MessagePort;
  readonly sharesCode = true;
  #receive: (message: ToPoolWorker) => void = () => {};
  /** It is sent when its run goes on after this turn of the event loop. Most runs are shorter. */
  #start: RunStarted | null = null;
  #turn: NodeJS.Immediate | undefined;

  constructor(cell: WorkerCell, secret: string) {
    const { port1, port2 } = new MessageChannel();
    this.#cell = cell;
    this.#port = port1;
    // Bound now, because plugins may change the prototype later.
    this.#post = port1.postMessage.bind(port1);
    const taskPath = ownTaskPath();
    const hello: ThreadHello = { kind: 'thread.hello', secret, threadId, port: port2, cell: cell.buffer, taskPath };
    parentPort?.postMessage(hello, [port2]);
  }

  post(message: FromPoolWorker): void {
    if (this.#start !== null) this.#sendStart();
    this.#post(message);
  }

  begin(start: RunStarted): void {
    this.#cell.began(start);
    this.#start = start;
    this.#turn = setImmediate(this.#sendStart);
  }

  takeBeginning(): Beginning | null {
    if (this.#start === null) return null;
    const { kind: _, taskId: __, ...beginning } = this.#start;
    this.#forgetStart();
    return beginning;
  }

  readonly #sendStart = (): void => {
    const start = this.#start;
    this.#forgetStart();
    if (start !== null) this.#post(start);
  };

  #forgetStart(): void {
    clearImmediate(this.#turn);
    this.#start = null;
  }

  listen(receive: (message: ToPoolWorker) => void): void {
    this.#receive = receive;
    this.#port.on('message', receive);
    this.#port.unref();
  }

  waitUntil(isDone: () => boolean): void {
    for (;;) {
      // Before the messages are read: one that comes after that ends the wait.
      const mailCount = this.#cell.mailCount;
      for (let entry = take(this.#port); entry !== undefined; entry = take(this.#port)) this.#receive(entry.message);
      if (isDone()) return;
      this.#cell.waitForMail(mailCount);
    }
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
