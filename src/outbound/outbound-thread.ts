import { Worker } from 'node:worker_threads';
import type { FetchAnswer, Fetcher, FetchOrder, FetchRefusal, FetchUnderWay } from '../supervisor/ports/fetcher.ts';
import { reasonOf } from '../wire/error-record.ts';
import { Questions } from '../wire/questions.ts';
import { threadEntryUrl } from '../wire/thread-entry-url.ts';
import type { FromOutbound, ToOutbound } from './protocol.ts';

/** A server of a plugin's choice must not be able to use up the memory of the process. */
const MAX_HEAP_MB = 256;

/** The thread that makes HTTP requests, as the supervisor thread sees it. It starts with the first request. */
export class OutboundThread implements Fetcher {
  readonly #questions = new Questions();
  readonly #entryUrl: URL;
  #worker: Worker | null = null;
  #isClosed = false;

  /** @param entryUrl What the thread runs; tests of faults pass another entry. */
  constructor(entryUrl: URL = threadEntryUrl('outbound/outbound-entry')) {
    this.#entryUrl = entryUrl;
  }

  fetch(order: FetchOrder): FetchUnderWay {
    let cancel = (): void => {};
    const answer = this.#questions.ask<FetchAnswer | FetchRefusal>((id) => {
      const worker = this.#started();
      post(worker, { kind: 'fetch', id, order });
      cancel = () => {
        if (this.#worker === worker) post(worker, { kind: 'cancel', id });
        this.#questions.refuse(id, new Error('the run has ended'));
      };
    });
    return { answer, cancel };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#questions.refuseAll(new Error('the scheduler was stopped'));
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }

  #started(): Worker {
    if (this.#isClosed) throw new Error('the scheduler was stopped');
    this.#worker ??= this.#start();
    return this.#worker;
  }

  #start(): Worker {
    const resourceLimits = { maxOldGenerationSizeMb: MAX_HEAP_MB };
    const worker = new Worker(this.#entryUrl, { name: 'escapement-fetch', resourceLimits });
    let cause: unknown = new Error('it has ended');
    worker.on('message', ({ id, answer }: FromOutbound) => this.#questions.answer(id, answer));
    worker.on('error', (error) => {
      cause = error;
    });
    worker.on('exit', () => {
      if (this.#worker !== worker) return;
      // The next request starts another one.
      this.#worker = null;
      this.#questions.refuseAll(new Error(`the thread that makes requests died: ${reasonOf(cause)}`));
    });
    return worker;
  }
}

function post(worker: Worker, message: ToOutbound): void {
  worker.postMessage(message);
}
