/**
 * The store's file as its thread holds it: locked against other schedulers, and open. A file that is damaged, or
 * belongs to another application, is renamed and a new one begun; a file that was deleted or replaced while it was open
 * is opened anew.
 */
import { existsSync } from 'node:fs';
import type { Session } from '../../../machines/session.ts';
import { reasonOf } from '../../../wire/error-record.ts';
import { networkFileSystemOf, prepareFile } from '../local-file.ts';
import { isDamage, UnusableFileError } from '../sqlite-fault.ts';
import { StoreDatabase } from './database.ts';
import { OwnerLock } from './owner-lock.ts';
import type { FromStore, StoreOptions } from './protocol.ts';
import { setAside } from './store-path.ts';

/** What the supervisor hears without a question. */
export type Notice = Extract<FromStore, { kind: 'warned' | 'state.lacking' }>;

export class OwnedFile {
  readonly #options: StoreOptions;
  readonly #notify: (notice: Notice) => void;
  readonly #openDatabase: typeof StoreDatabase.open;
  #session: Session | null = null;
  #nowMs = 0;
  #owner: OwnerLock | null = null;
  #database: StoreDatabase | null = null;

  constructor(options: StoreOptions, notify: (notice: Notice) => void, openDatabase = StoreDatabase.open) {
    this.#options = options;
    this.#notify = notify;
    this.#openDatabase = openDatabase;
  }

  get isOpen(): boolean {
    return this.#database !== null;
  }

  /** The latest instant that the supervisor has named: this thread needs no clock. Epoch milliseconds. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** The supervisor has said what time it is. */
  passTime(nowMs: number): void {
    this.#nowMs = nowMs;
  }

  /** Opens the file for a session, which every file that is opened later gets too. Throws like `opened`. */
  begin(session: Session): StoreDatabase {
    this.#session = session;
    this.#nowMs = session.atMs;
    return this.opened();
  }

  /** The open file; opens it when it is not. Throws when another scheduler has it, or it cannot be used. */
  opened(): StoreDatabase {
    if (this.#database !== null) return this.#database;
    const { path } = this.#options;
    prepareFile(path);
    const network = networkFileSystemOf(path);
    if (network !== null) {
      throw new Error(
        `${path} is on a network file system (${network}), where locks do not hold: it must be on a local disk`,
      );
    }
    this.#owner ??= OwnerLock.acquire(path, this.#session?.nodeId ?? '');
    this.#database = this.#openOrReplace();
    if (this.#session !== null) this.#database.write([{ kind: 'opened', session: this.#session }]);
    return this.#database;
  }

  /** Does some work on the file, and once more on a new file if that one turns out to be damaged. */
  work<T>(work: (database: StoreDatabase) => T): T {
    const database = this.opened();
    try {
      return work(database);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#replaceDamaged(reasonOf(error));
      return work(this.opened());
    }
  }

  /** A file that was deleted or replaced would take writes that nobody reads. */
  checkPlace(): void {
    if (this.#database === null || (this.#database.isInPlace() && this.#owner?.isInPlace() !== false)) return;
    // The log goes into the old file, wherever that is now.
    this.#database.checkpoint();
    const isGone = !existsSync(this.#options.path);
    this.close();
    this.warn(
      'store-moved',
      `was ${isGone ? 'deleted' : 'replaced, or a file beside it deleted,'} while it was open: it is opened anew`,
    );
    this.opened();
    this.#notify({ kind: 'state.lacking' });
  }

  close(): void {
    this.#database?.close();
    this.#database = null;
    this.#owner?.release();
    this.#owner = null;
  }

  warn(code: string, text: string): void {
    this.#notify({ kind: 'warned', code, message: `Store ${this.#options.path} ${text}.` });
  }

  #openOrReplace(): StoreDatabase {
    const { path, durability } = this.#options;
    try {
      return this.#openDatabase(path, durability);
    } catch (error) {
      const why = replacementOf(error);
      if (why === null) throw error;
      this.#replace(why, reasonOf(error));
      return this.#openDatabase(path, durability);
    }
  }

  #replaceDamaged(reason: string): void {
    this.#database?.close();
    this.#database = null;
    this.#replace('damaged', reason);
    this.opened();
    this.#notify({ kind: 'state.lacking' });
  }

  #replace(why: 'damaged' | 'foreign', reason: string): void {
    const aside = setAside(this.#options.path, why, this.#nowMs);
    prepareFile(this.#options.path);
    const what = why === 'foreign' ? 'is not a store of Escapement' : 'is damaged';
    this.warn(
      'store-set-aside',
      `${what} (${reason}): it was renamed to ${aside}, and a new file begun. What was missed before now is not known`,
    );
  }
}

/** Why a file that cannot be opened is replaced; null when it must be left alone. */
function replacementOf(error: unknown): 'damaged' | 'foreign' | null {
  if (isDamage(error)) return 'damaged';
  if (!(error instanceof UnusableFileError) || error.kind === 'newer') return null;
  return error.kind;
}
