/**
 * The SQLite store as the supervisor thread sees it. The file belongs to the store thread; the writes that are not yet
 * durable wait here, in order, so that a disk that fails or stalls holds up no schedule: see `write-queue.ts`.
 */
import type { OccurrenceFacts } from '../../machines/explaining/occurrence-facts.ts';
import type { HistoryQuery, HistoryRecord } from '../../machines/history.ts';
import { isKvChange, type KvAnswer, type KvRequest } from '../../machines/kv/kv-request.ts';
import type { AuditEntry, AuditQuery } from '../../machines/operating/audit.ts';
import { packEntries } from '../../machines/packing/packed-entries.ts';
import type { Claim, ScheduleEntry } from '../../machines/schedule-entries.ts';
import type { Session } from '../../machines/session.ts';
import type { Clock } from '../../supervisor/ports/clock.ts';
import type { StateStore, StoredState, StoreListener, WriteAnswer } from '../../supervisor/ports/store.ts';
import { within } from '../../supervisor/ports/within.ts';
import type { AnswerOf, ParamsOf } from '../../wire/questions.ts';
import { threadEntryUrl } from '../../wire/thread-entry-url.ts';
import { Room } from '../batching/room.ts';
import { SqliteThread } from './sqlite-thread.ts';
import type { StoreMethod, StoreNotice, StoreOptions, StoreQuestions, ToStore } from './store-thread/protocol.ts';
import { WriteQueue } from './write-queue.ts';

/** How long a question may take. */
const ASK_LIMIT_MS = 10_000;
/** How much of what plugins keep is on its way to the disk at a time, in characters. */
const MAX_KEPT_AT_A_TIME = 1_048_576;
/** How long a stop may wait for what is still to be written. */
const CLOSE_LIMIT_MS = 1_500;

export class SqliteStore implements StateStore {
  readonly name = 'sqlite';
  readonly #clock: Clock;
  readonly #thread: SqliteThread<ToStore, StoreNotice>;
  readonly #writes: WriteQueue;
  /** Plugins that keep much must not make the batch large that a claim goes with. */
  readonly #keeping = new Room(MAX_KEPT_AT_A_TIME);
  #listener: StoreListener | null = null;

  /** @param entryUrl What the store thread runs; tests of faults pass another entry. */
  constructor(
    options: StoreOptions,
    clock: Clock,
    entryUrl: URL = threadEntryUrl('backends/sqlite/store-thread/store-entry'),
  ) {
    this.#clock = clock;
    this.#thread = new SqliteThread(
      { entryUrl, name: 'escapement-store', workerData: options },
      { received: (notice) => this.#receive(notice), died: (cause) => this.#writes.broken(cause) },
    );
    this.#writes = new WriteQueue(clock, {
      send: (batchId, entries) => this.#thread.post({ kind: 'write', batchId, entries: packEntries(entries) }),
      recovered: (droppedCount) => this.#recovered(droppedCount),
    });
  }

  async open(session: Session, listener: StoreListener): Promise<StoredState> {
    this.#listener = listener;
    try {
      return await this.#ask('open', session);
    } catch (error) {
      await this.#thread.terminate(this.#clock);
      throw error;
    }
  }

  write(entry: ScheduleEntry): Promise<WriteAnswer> {
    return this.#writes.add(entry);
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

  /** Changes wait in line with all other writes, and are committed together with them. */
  async kv(request: KvRequest): Promise<KvAnswer> {
    if (!isKvChange(request)) return this.#askInOrder('kv', request);
    const length = request.kind === 'kv.set' ? request.value.length : 0;
    const { isTaken } = await this.#keeping.within(length, () => this.#writes.add(request));
    return isTaken;
  }

  operated(operation: AuditEntry): Promise<unknown> {
    return this.#writes.add({ kind: 'operated', operation });
  }

  audit(query: AuditQuery): Promise<readonly AuditEntry[]> {
    return this.#askInOrder('audit', query);
  }

  async close(atMs: number): Promise<void> {
    const limit = { limitMs: CLOSE_LIMIT_MS, who: 'the last writes may be lost, because the disk' };
    try {
      await within(this.#clock, this.#askInOrder('close', { atMs }), limit);
    } finally {
      this.#writes.close();
      await this.#thread.closed(this.#clock);
    }
  }

  /** The answer contains everything that was written before the question. */
  async #askInOrder<M extends StoreMethod>(
    method: M,
    params: ParamsOf<StoreQuestions, M>,
  ): Promise<AnswerOf<StoreQuestions, M>> {
    await this.#writes.barrier();
    return this.#ask(method, params);
  }

  /** Rejects when the thread does not answer in time, or has died. */
  #ask<M extends StoreMethod>(method: M, params: ParamsOf<StoreQuestions, M>): Promise<AnswerOf<StoreQuestions, M>> {
    const asked = this.#thread.ask<AnswerOf<StoreQuestions, M>>(
      (id) => ({ kind: 'ask', id, method, params }) as ToStore,
    );
    return within(this.#clock, asked, { limitMs: ASK_LIMIT_MS, who: 'the store thread' });
  }

  #receive(notice: StoreNotice): void {
    switch (notice.kind) {
      case 'written':
        this.#writes.written(notice.batchId, notice.refused);
        break;
      case 'failed':
        this.#writes.failed(notice.batchId, new Error(notice.reason));
        break;
      case 'warned':
        this.#warn(notice);
        break;
      case 'state.lacking':
        this.#listener?.lacksState();
        break;
    }
  }

  #warn({ code, message, key }: Extract<StoreNotice, { kind: 'warned' }>): void {
    this.#listener?.warned({ code, message, ...(key !== undefined && { key }) });
  }

  #recovered(droppedCount: number): void {
    if (droppedCount === 0) return;
    const message = `Store "${this.name}" works again; ${droppedCount} entries of its history did not fit into memory and are lost.`;
    this.#listener?.warned({ code: 'store-incomplete', message });
    this.#listener?.lacksState();
  }
}
