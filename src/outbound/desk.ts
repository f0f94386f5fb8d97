/**
 * Takes requests, makes them, and answers each of them once. Few of one owner's are made at a time, so that an owner
 * whose servers do not answer leaves room for the others; the rest wait, and their time runs meanwhile.
 */

import type { FetchAnswer, FetchOrder, FetchRefusal } from '../supervisor/ports/fetcher.ts';
import { reasonOf } from '../wire/error-record.ts';
import type { Lookup } from './destination.ts';
import { exchange } from './exchange.ts';
import { FetchFault } from './fetch-fault.ts';
import type { FromOutbound, ToOutbound } from './protocol.ts';

const MAX_AT_A_TIME = 64;
const MAX_OF_OWNER = 8;

interface Task {
  readonly id: number;
  readonly order: FetchOrder;
  readonly controller: AbortController;
  isCancelled: boolean;
}

export class Desk {
  readonly #post: (answer: FromOutbound) => void;
  readonly #lookup: Lookup | undefined;
  /** In the order of their arrival. */
  readonly #waiting = new Map<number, Task>();
  readonly #active = new Map<number, Task>();

  constructor(post: (answer: FromOutbound) => void, lookup?: Lookup) {
    this.#post = post;
    this.#lookup = lookup;
  }

  receive(message: ToOutbound): void {
    if (message.kind === 'cancel') this.#cancel(message.id);
    else this.#take(message.id, message.order);
  }

  #take(id: number, order: FetchOrder): void {
    const task: Task = { id, order, controller: new AbortController(), isCancelled: false };
    this.#waiting.set(id, task);
    const timer = setTimeout(() => this.#timedOut(task), order.timeoutMs);
    task.controller.signal.addEventListener('abort', () => clearTimeout(timer));
    this.#startWaiting();
  }

  #cancel(id: number): void {
    const task = this.#waiting.get(id) ?? this.#active.get(id);
    if (task === undefined) return;
    task.isCancelled = true;
    this.#waiting.delete(id);
    task.controller.abort();
  }

  #timedOut({ id, order, controller }: Task): void {
    const fault = new FetchFault('failed', `no answer within ${order.timeoutMs} ms`);
    if (this.#waiting.delete(id)) this.#post({ kind: 'answered', id, answer: refusalOf(fault) });
    controller.abort(fault);
  }

  #startWaiting(): void {
    for (const task of this.#waiting.values()) {
      if (this.#active.size >= MAX_AT_A_TIME) return;
      const ofOwner = [...this.#active.values()].filter(({ order }) => order.owner === task.order.owner);
      if (ofOwner.length >= MAX_OF_OWNER) continue;
      this.#waiting.delete(task.id);
      this.#active.set(task.id, task);
      void this.#perform(task);
    }
  }

  async #perform(task: Task): Promise<void> {
    const answer = await this.#answerOf(task);
    this.#active.delete(task.id);
    // Also ends the timer.
    task.controller.abort();
    if (!task.isCancelled) this.#post({ kind: 'answered', id: task.id, answer });
    this.#startWaiting();
  }

  async #answerOf({ order, controller }: Task): Promise<FetchAnswer | FetchRefusal> {
    const { signal } = controller;
    try {
      // Whatever the exchange waits for, its place is free when its time is over.
      return await Promise.race([exchange(order, signal, this.#lookup), rejectedBy(signal)]);
    } catch (error) {
      // Node wraps the reason of an abort.
      return refusalOf(signal.aborted ? signal.reason : error);
    }
  }
}

function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function refusalOf(error: unknown): FetchRefusal {
  if (error instanceof FetchFault) return { fault: error.fault, reason: error.message };
  return { fault: 'failed', reason: reasonOf(error).replace(/\.$/, '') };
}
