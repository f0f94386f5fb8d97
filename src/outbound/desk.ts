/**
 * Takes requests, makes them, and answers each of them once. An owner whose servers do not answer must not keep the
 * others from theirs, and neither must many such owners together. So the first request of an owner never waits; more of
 * them are made while few are under way, those of the owner and all together. The rest wait, and their time runs
 * meanwhile.
 *
 * Beyond `MAX_AT_A_TIME` there is one request for each owner at most. An owner has one only while a run of its calls
 * `fetch`, because the end of the run cancels it, so all together they are bounded by the runs in progress.
 */

import type { FetchAnswer, FetchOrder, FetchRefusal } from '../supervisor/ports/fetcher.ts';
import { reasonOf } from '../wire/error-record.ts';
import type { Lookup } from './destination.ts';
import { exchange } from './exchange.ts';
import { FetchFault } from './fetch-fault.ts';
import type { FromOutbound, ToOutbound } from './protocol.ts';

/** So many are made at a time before the second request of an owner waits. */
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
  /** How many of the active ones each owner has. Those that have none are not in it. */
  readonly #activeOf = new Map<string, number>();

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
    const isUnsent = this.#waiting.delete(id);
    const within = `within ${order.timeoutMs} ms`;
    const why = isUnsent ? `it was not sent ${within}, because other requests had to end first` : `no answer ${within}`;
    const fault = new FetchFault('failed', why);
    if (isUnsent) this.#post({ kind: 'answered', id, answer: refusalOf(fault) });
    controller.abort(fault);
  }

  #startWaiting(): void {
    for (const task of this.#waiting.values()) {
      if (!this.#isItsTurn(task.order)) continue;
      this.#waiting.delete(task.id);
      this.#active.set(task.id, task);
      this.#count(task.order, 1);
      void this.#perform(task);
    }
  }

  #isItsTurn({ owner }: FetchOrder): boolean {
    const ofOwner = this.#activeOf.get(owner) ?? 0;
    return ofOwner === 0 || (ofOwner < MAX_OF_OWNER && this.#active.size < MAX_AT_A_TIME);
  }

  #count({ owner }: FetchOrder, change: 1 | -1): void {
    const count = (this.#activeOf.get(owner) ?? 0) + change;
    if (count === 0) this.#activeOf.delete(owner);
    else this.#activeOf.set(owner, count);
  }

  async #perform(task: Task): Promise<void> {
    const answer = await this.#answerOf(task);
    this.#active.delete(task.id);
    this.#count(task.order, -1);
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
