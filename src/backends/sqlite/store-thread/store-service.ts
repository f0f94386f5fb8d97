/**
 * The store as its thread runs it: writes batches, answers questions, and prunes.
 *
 * A file that cannot be opened or written now (a full disk, a read-only folder) ends nothing: the store goes on without
 * it, every batch fails with the reason, and the next batch tries again.
 */
import type { KvAnswer } from '../../../machines/kv/kv-request.ts';
import type { StoreEntry } from '../../../machines/ledger/entries.ts';
import type { Session } from '../../../machines/session.ts';
import { reasonOf } from '../../../wire/error-record.ts';
import type { AnswerOf, ParamsOf } from '../../../wire/questions.ts';
import { isPassing } from '../sqlite-fault.ts';
import { StoreDatabase } from './database.ts';
import { type Notice, OwnedFile } from './owned-file.ts';
import type { StoreOptions, StoreQuestions } from './protocol.ts';
import { readState } from './store-file.ts';

/** Rows that one slice of pruning deletes at most, so that a batch never waits long for it. */
const PRUNE_SLICE = 500;

export class StoreService {
  readonly #options: StoreOptions;
  readonly #notify: (notice: Notice) => void;
  readonly #file: OwnedFile;

  constructor(options: StoreOptions, notify: (notice: Notice) => void, openDatabase = StoreDatabase.open) {
    this.#options = options;
    this.#notify = notify;
    this.#file = new OwnedFile(options, notify, openDatabase);
  }

  /** Rejects when the store must not be used: another scheduler has it, or it is not a store of this version. */
  async open(session: Session): Promise<AnswerOf<StoreQuestions, 'open'>> {
    try {
      const { queries } = await this.#file.begin(session);
      const state = { schedules: queries.schedules(), openClaims: queries.openClaims() };
      // What is not in the answer is new to the supervisor in any case.
      this.#file.takeLostState();
      return state;
    } catch (error) {
      if (!isPassing(error)) throw error;
      this.#file.warn('store-unavailable', `cannot be written (${reasonOf(error)}): it is tried again at every write`);
      return readState(this.#options.path);
    }
  }

  /** Returns the indexes of refused entries. Rejects when nothing was written. */
  async write(entries: readonly StoreEntry[]): Promise<number[]> {
    for (const entry of entries) if (entry.kind === 'seen') this.#file.passTime(entry.atMs);
    const wasOpen = this.#file.isOpen;
    await this.#file.opened();
    if (!wasOpen) this.#notify({ kind: 'state.lacking' });
    const refused = await this.#file.work((database) => database.write(entries));
    // Another process that closes the file may delete its log, if a read in this process has dropped SQLite's locks.
    await this.#file.checkPlace();
    if (this.#file.takeLostState()) this.#notify({ kind: 'state.lacking' });
    return refused;
  }

  openClaims(): Promise<AnswerOf<StoreQuestions, 'openClaims'>> {
    return this.#file.work(({ queries }) => queries.openClaims());
  }

  history(query: ParamsOf<StoreQuestions, 'history'>): Promise<AnswerOf<StoreQuestions, 'history'>> {
    return this.#file.work(({ queries }) => queries.history(query));
  }

  facts({ key, atMs }: ParamsOf<StoreQuestions, 'facts'>): Promise<AnswerOf<StoreQuestions, 'facts'>> {
    return this.#file.work(({ queries }) => queries.facts(key, atMs));
  }

  kv(question: ParamsOf<StoreQuestions, 'kv'>): Promise<KvAnswer> {
    return this.#file.work(({ kv }) => (question.kind === 'kv.get' ? kv.get(question) : kv.list(question)));
  }

  audit(query: ParamsOf<StoreQuestions, 'audit'>): Promise<AnswerOf<StoreQuestions, 'audit'>> {
    return this.#file.work(({ queries }) => queries.audit(query));
  }

  async close({ atMs }: ParamsOf<StoreQuestions, 'close'>): Promise<null> {
    try {
      if (this.#file.isOpen) (await this.#file.opened()).write([{ kind: 'closed', atMs }]);
    } finally {
      this.#file.close();
    }
    return null;
  }

  /** Does one slice of background work. Returns whether more is left to do at once. Never rejects. */
  async maintain(): Promise<boolean> {
    if (!this.#file.isOpen) return false;
    const { maxRuns, maxAgeMs } = this.#options.retention;
    try {
      await this.#file.checkPlace();
      const kept = { maxRuns, oldestMs: this.#file.nowMs - maxAgeMs, limit: PRUNE_SLICE };
      return (await this.#file.work((database) => database.prune(kept))) >= PRUNE_SLICE;
    } catch {
      // The fault shows again at the next write, which reports it.
      return false;
    }
  }
}
