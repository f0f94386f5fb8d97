/**
 * The store as its thread runs it: opens the file, sets aside what cannot be used, writes batches, prunes, answers.
 *
 * A file that cannot be opened or written now (a full disk, a read-only folder) does not end anything: the store goes on without
 * it, every batch fails with the reason, and each next batch tries again. A damaged file is renamed and a new one begun, also
 * when the damage shows only later.
 */
import { existsSync } from 'node:fs';
import type { LedgerEntry } from '../../../machines/ledger/entries.ts';
import type { Session } from '../../../machines/session.ts';
import { reasonOf } from '../../../wire/error-record.ts';
import type { AnswerOf } from '../../../wire/questions.ts';
import { networkFileSystemOf, prepareFile } from '../local-file.ts';
import { isDamage, isPassing, UnusableFileError } from '../sqlite-fault.ts';
import { StoreDatabase } from './database.ts';
import { OwnerLock } from './owner-lock.ts';
import type { FromStore, StoreOptions, StoreQuestions } from './protocol.ts';
import type { Queries } from './queries.ts';
import { openStoreFile } from './store-file.ts';
import { setAside, withCopy } from './store-path.ts';

/** Rows that one slice of pruning deletes at most, so that a batch never waits long for it. */
const PRUNE_SLICE = 500;

/** What the service tells without being asked. */
type Notice = Extract<FromStore, { kind: 'warned' | 'state.lacking' }>;

export class StoreService {
  readonly #options: StoreOptions;
  readonly #tell: (notice: Notice) => void;
  readonly #openDatabase: typeof StoreDatabase.open;
  #session: Session | null = null;
  #owner: OwnerLock | null = null;
  #database: StoreDatabase | null = null;
  /** The latest instant that the supervisor has told: this thread needs no clock of its own. */
  #nowMs = 0;

  constructor(options: StoreOptions, tell: (notice: Notice) => void, openDatabase = StoreDatabase.open) {
    this.#options = options;
    this.#tell = tell;
    this.#openDatabase = openDatabase;
  }

  /** Throws when the store is not to be used: another scheduler has it, or it is not for this version. */
  open(session: Session): AnswerOf<StoreQuestions, 'open'> {
    this.#session = session;
    this.#nowMs = session.atMs;
    try {
      const { queries } = this.#opened();
      return { schedules: queries.schedules(), openClaims: queries.openClaims() };
    } catch (error) {
      if (!isPassing(error)) throw error;
      this.#warn('store-unavailable', `cannot be written (${reasonOf(error)}): it is tried again at every write`);
      return this.#readOnlyState();
    }
  }

  /** Returns the indexes of refused claims. Throws when nothing was written. */
  write(entries: readonly LedgerEntry[]): number[] {
    for (const entry of entries) if (entry.kind === 'seen') this.#nowMs = entry.atMs;
    const wasOpen = this.#database !== null;
    const database = this.#opened();
    if (!wasOpen) this.#tell({ kind: 'state.lacking' });
    try {
      return database.write(entries);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#replaceDamaged(reasonOf(error));
      return this.#opened().write(entries);
    }
  }

  openClaims(): AnswerOf<StoreQuestions, 'openClaims'> {
    return this.#read((queries) => queries.openClaims());
  }

  history(query: Parameters<Queries['history']>[0]): AnswerOf<StoreQuestions, 'history'> {
    return this.#read((queries) => queries.history(query));
  }

  facts({ key, atMs }: { readonly key: string; readonly atMs: number }): AnswerOf<StoreQuestions, 'facts'> {
    return this.#read((queries) => queries.facts(key, atMs));
  }

  close({ atMs }: { readonly atMs: number }): null {
    try {
      this.#database?.write([{ kind: 'closed', atMs }]);
    } finally {
      this.#closeFile();
    }
    return null;
  }

  /** One slice of background work. Returns whether more is to be done at once. Never throws. */
  maintain(): boolean {
    if (this.#database === null) return false;
    try {
      this.#checkPlace(this.#database);
      const { maxRuns, maxAgeMs } = this.#options.retention;
      return this.#database.prune({ maxRuns, oldestMs: this.#nowMs - maxAgeMs, limit: PRUNE_SLICE }) >= PRUNE_SLICE;
    } catch (error) {
      if (isDamage(error)) this.#replaceDamaged(reasonOf(error));
      // Any other fault shows at the next write, which is where it is told.
      return false;
    }
  }

  #opened(): StoreDatabase {
    if (this.#database !== null) return this.#database;
    const { path, durability } = this.#options;
    prepareFile(path);
    const network = networkFileSystemOf(path);
    if (network !== null) {
      throw new Error(`${path} is on a network file system (${network}): accepted is a path on a local disk`);
    }
    this.#owner ??= OwnerLock.acquire(path, this.#session?.nodeId ?? '');
    try {
      this.#database = this.#openDatabase(path, durability);
    } catch (error) {
      if (!this.#isReplaceable(error)) throw error;
      this.#replace(
        error instanceof UnusableFileError && error.kind === 'foreign' ? 'foreign' : 'damaged',
        reasonOf(error),
      );
      this.#database = this.#openDatabase(path, durability);
    }
    if (this.#session !== null) this.#database.write([{ kind: 'opened', session: this.#session }]);
    return this.#database;
  }

  #isReplaceable(error: unknown): boolean {
    return isDamage(error) || (error instanceof UnusableFileError && error.kind !== 'newer');
  }

  #replaceDamaged(reason: string): void {
    this.#database?.close();
    this.#database = null;
    this.#replace('damaged', reason);
    this.#opened();
    this.#tell({ kind: 'state.lacking' });
  }

  #replace(why: 'damaged' | 'foreign', reason: string): void {
    const aside = setAside(this.#options.path, why, this.#nowMs);
    prepareFile(this.#options.path);
    const what = why === 'foreign' ? 'is no store of ours' : 'is damaged';
    this.#warn(
      'store-set-aside',
      `${what} (${reason}): it was renamed to ${aside}, and a new one is begun. What was missed before now is not known`,
    );
  }

  /** A file that was deleted or replaced would be written into nowhere. */
  #checkPlace(database: StoreDatabase): void {
    if (database.isInPlace() && this.#owner?.isInPlace() !== false) return;
    // Writes what the log holds into the file, wherever that is now.
    database.checkpoint();
    const isGone = !existsSync(this.#options.path);
    this.#closeFile();
    this.#warn(
      'store-moved',
      `was ${isGone ? 'deleted' : 'replaced, or a file beside it deleted,'} while it was open: it is opened anew`,
    );
    this.#opened();
    this.#tell({ kind: 'state.lacking' });
  }

  /** What can still be read of a file that cannot be written. */
  #readOnlyState(): AnswerOf<StoreQuestions, 'open'> {
    try {
      return withCopy(this.#options.path, (path) => {
        const file = openStoreFile(path);
        const state = { schedules: file.queries.schedules(), openClaims: file.queries.openClaims() };
        file.close();
        return state;
      });
    } catch {
      return { schedules: [], openClaims: [] };
    }
  }

  #read<T>(question: (queries: Queries) => T): T {
    const { queries } = this.#opened();
    try {
      return question(queries);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#replaceDamaged(reasonOf(error));
      return question(this.#opened().queries);
    }
  }

  #closeFile(): void {
    this.#database?.close();
    this.#database = null;
    this.#owner?.release();
    this.#owner = null;
  }

  #warn(code: string, text: string): void {
    this.#tell({ kind: 'warned', code, message: `Store ${this.#options.path} ${text}.` });
  }
}
