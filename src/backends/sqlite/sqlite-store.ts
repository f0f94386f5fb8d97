/**
 * The SQLite store as the supervisor thread sees it. The file is the store thread's; here are the writes that are not yet
 * durable, in order.
 *
 * One batch is on its way at a time, and what is written meanwhile is the next one. A batch that failed stays at the front and
 * is tried again every second; until it works, every write rejects at once, so that no schedule waits for a disk. The same holds
 * when the thread does not answer for `STALL_MS`. What does not fit into `MAX_UNWRITTEN` is dropped, and counted.
 */
import { Worker } from 'node:worker_threads';
import type { OccurrenceFacts } from '../../machines/explaining/occurrence-facts.ts';
import type { HistoryQuery, HistoryRecord } from '../../machines/history.ts';
import type { Claim, ScheduleEntry } from '../../machines/schedule-state.ts';
import type { Session } from '../../machines/session.ts';
import type { Clock } from '../../supervisor/ports/clock.ts';
import type { StateStore, StoredState, StoreListener, WriteAnswer } from '../../supervisor/ports/store.ts';
import { threadEntryUrl } from '../../wire/thread-entry-url.ts';
import type {
  FromStore,
  StoreAnswer,
  StoreMethod,
  StoreOptions,
  StoreParams,
  ToStore,
} from './store-thread/protocol.ts';
import { WriteQueue } from './write-queue.ts';

/** How long a question may take. */
const ASK_LIMIT_MS = 10_000;
/** How long a stop may wait for what is still to be written. */
const CLOSE_LIMIT_MS = 1_500;

interface Question {
  resolve(answer: never): void;
  reject(error: Error): void;
}

export class SqliteStore implements StateStore {
  readonly name = 'sqlite';
  readonly #clock: Clock;
  readonly #worker: Worker;
  readonly #questions = new Map<number, Question>();
  readonly #writes: WriteQueue;
  #listener: StoreListener | null = null;
  #lastId = 0;
  #isClosed = false;

  /** @param entryUrl What the store thread runs: another one is for tests of faults. */
  constructor(
    options: StoreOptions,
    clock: Clock,
    entryUrl: URL = threadEntryUrl('backends/sqlite/store-thread/store-entry'),
  ) {
    this.#clock = clock;
    this.#worker = new Worker(entryUrl, {
      workerData: options,
      name: 'escapement-store',
      // Node 22 says of `node:sqlite`, on the host's stderr, that it is experimental; that is our concern.
      execArgv: [...process.execArgv, '--disable-warning=ExperimentalWarning'],
    });
    this.#writes = new WriteQueue(clock, {
      send: (batchId, entries) => this.#post({ kind: 'write', batchId, entries }),
      recovered: (droppedCount) => this.#recovered(droppedCount),
    });
    this.#worker.on('message', (message: FromStore) => this.#receive(message));
    this.#worker.on('error', (error) => this.#died(error as Error));
    this.#worker.on('exit', () => this.#died(new Error('its thread has ended')));
  }

  async open(session: Session, listener: StoreListener): Promise<StoredState> {
    this.#listener = listener;
    try {
      return await this.#ask('open', session);
    } catch (error) {
      await this.#worker.terminate();
      throw error;
    }
  }

  async write(entry: ScheduleEntry): Promise<WriteAnswer> {
    return { isTaken: await this.#writes.add(entry) };
  }

  async beat(atMs: number): Promise<void> {
    await this.#writes.add({ kind: 'seen', atMs });
  }

  openClaims(): Promise<readonly Claim[]> {
    return this.#askInOrder('openClaims', null);
  }

  history(query: HistoryQuery): Promise<readonly HistoryRecord[]> {
    return this.#askInOrder('history', query);
  }

  facts(key: string, atMs: number): Promise<OccurrenceFacts> {
    return this.#askInOrder('facts', { key, atMs });
  }

  async close(atMs: number): Promise<void> {
    try {
      await this.#within(CLOSE_LIMIT_MS, this.#askInOrder('close', { atMs }));
    } finally {
      this.#isClosed = true;
      this.#writes.close();
      await this.#worker.terminate();
    }
  }

  /** What was written before the question is in the answer. */
  async #askInOrder<M extends StoreMethod>(method: M, params: StoreParams<M>): Promise<StoreAnswer<M>> {
    await this.#writes.barrier();
    return this.#ask(method, params);
  }

  /** Rejects when the thread does not answer in time. */
  #ask<M extends StoreMethod>(method: M, params: StoreParams<M>): Promise<StoreAnswer<M>> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.sleep(ASK_LIMIT_MS, () => {
        this.#questions.delete(id);
        reject(new Error(`the store thread did not answer for ${ASK_LIMIT_MS / 1_000} s`));
      });
      const settling =
        <T>(settle: (value: T) => void) =>
        (value: T): void => {
          cancel();
          settle(value);
        };
      this.#questions.set(id, { resolve: settling(resolve), reject: settling(reject) });
      this.#post({ kind: 'ask', id, method, params } as ToStore);
    });
  }

  async #within(limitMs: number, closing: Promise<null>): Promise<void> {
    const { promise, reject } = Promise.withResolvers<never>();
    const cancel = this.#clock.sleep(limitMs, () =>
      reject(new Error('its disk did not answer: the last writes are lost')),
    );
    closing.catch(() => {});
    await Promise.race([closing, promise]).finally(cancel);
  }

  #receive(message: FromStore): void {
    switch (message.kind) {
      case 'written':
        this.#writes.written(message.batchId, message.refused);
        break;
      case 'failed':
        this.#writes.failed(message.batchId, new Error(message.reason));
        break;
      case 'answered':
        this.#take(message.id)?.resolve(message.answer as never);
        break;
      case 'refused':
        this.#take(message.id)?.reject(new Error(message.reason));
        break;
      case 'warned':
        this.#listener?.warned(message);
        break;
      case 'state.lacking':
        this.#listener?.lacksState();
        break;
    }
  }

  #take(id: number): Question | undefined {
    const question = this.#questions.get(id);
    this.#questions.delete(id);
    return question;
  }

  #recovered(droppedCount: number): void {
    if (droppedCount === 0) return;
    const message = `Store "${this.name}" works again; ${droppedCount} entries of its history did not fit into memory and are lost.`;
    this.#listener?.warned({ code: 'store-incomplete', message });
    this.#listener?.lacksState();
  }

  #died(cause: Error): void {
    if (this.#isClosed) return;
    for (const question of this.#questions.values()) question.reject(cause);
    this.#questions.clear();
    this.#writes.broken(cause);
  }

  #post(message: ToStore): void {
    this.#worker.postMessage(message);
  }
}
