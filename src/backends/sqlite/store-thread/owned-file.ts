/**
 * The store's file as its thread holds it: locked against other schedulers, and open. A file of ours that is damaged is
 * renamed and a new one begun; a file of anybody else is refused and left as it is; a file that was deleted or replaced
 * while it was open is opened anew.
 */
import { existsSync } from 'node:fs';
import type { Session } from '../../../machines/session.ts';
import type { RefusedRow } from '../../../machines/stored-rows/read-rows.ts';
import { reasonOf } from '../../../wire/error-record.ts';
import { networkFileSystemOf, prepareFile, realPathOf } from '../local-file.ts';
import { isDamage, UnusableFileError } from '../sqlite-fault.ts';
import { StoreDatabase } from './database.ts';
import { OwnerLock } from './owner-lock.ts';
import type { FromStore, StoreOptions } from './protocol.ts';
import type { RefusedRowsListener } from './refused-rows.ts';
import { setAside } from './store-path.ts';
import { STORE_SCHEMA } from './store-schema.ts';

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
  #hasLostState = false;
  readonly #refusals: RefusedRowsListener = {
    nowMs: () => this.#nowMs,
    refused: (row, keptIn) => this.#refused(row, keptIn),
  };

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

  /** Opens the file for a session, which every file that is opened later gets too. Rejects like `opened`. */
  begin(session: Session): Promise<StoreDatabase> {
    this.#session = session;
    this.#nowMs = session.atMs;
    return this.opened();
  }

  /** The open file; opens it when it is not. Rejects when another scheduler has it, or it cannot be used. */
  async opened(): Promise<StoreDatabase> {
    if (this.#database !== null) return this.#database;
    const path = realPathOf(this.#options.path);
    await this.#own(path);
    this.#database = this.#openOrReplace(path);
    if (this.#session !== null) this.#database.write([{ kind: 'opened', session: this.#session }]);
    return this.#database;
  }

  /** Does some work on the file, and once more on a new file if that one turns out to be damaged. */
  async work<T>(work: (database: StoreDatabase) => T): Promise<T> {
    const database = await this.opened();
    try {
      return work(database);
    } catch (error) {
      if (!isDamage(error)) throw error;
      await this.#replaceDamaged(database, reasonOf(error));
      return work(await this.opened());
    }
  }

  /** A file that was deleted or replaced would take writes that nobody reads. */
  async checkPlace(): Promise<void> {
    if (this.#database === null || this.#isInPlace(this.#database)) return;
    // The log goes into the old file, wherever that is now.
    this.#database.checkpoint();
    const isGone = !existsSync(this.#options.path);
    this.close();
    this.warn(
      'store-moved',
      `was ${isGone ? 'deleted' : 'replaced, or a file beside it deleted,'} while it was open: it is opened anew`,
    );
    await this.opened();
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

  /** A schedule whose state was refused has to be made known anew. */
  takeLostState(): boolean {
    const hasLostState = this.#hasLostState;
    this.#hasLostState = false;
    return hasLostState;
  }

  #refused({ kind, key, problem }: RefusedRow, keptIn: string): void {
    if (kind === 'schedules') this.#hasLostState = true;
    const message = `Store ${this.#options.path} has a row of ${kind} for "${key}" that ${problem}: ${keptIn}, and everything else goes on.`;
    this.#notify({ kind: 'warned', code: 'store-row-refused', message, ...(key !== '' && { key }) });
  }

  #isInPlace(database: StoreDatabase): boolean {
    return database.isInPlace() && database.isAt(this.#options.path) && this.#owner?.isInPlace() !== false;
  }

  /** Makes this thread the file's only user. Nothing is made beside a file that is not ours. */
  async #own(path: string): Promise<void> {
    if (this.#owner !== null) return;
    mustBeUsable(path);
    prepareFile(path);
    const network = networkFileSystemOf(path);
    if (network !== null) {
      throw new Error(
        `${path} is on a network file system (${network}), where locks do not hold: it must be on a local disk`,
      );
    }
    this.#owner = await OwnerLock.acquire(path, this.#session?.nodeId ?? '', (reason) =>
      this.warn('store-lock-weak', `has no socket beside it that marks it as in use (${reason}): ${WEAKNESS}`),
    );
  }

  #openOrReplace(path: string): StoreDatabase {
    const { durability } = this.#options;
    // Whoever had the store before may have left another file there.
    mustBeUsable(path);
    prepareFile(path);
    try {
      return this.#openDatabase(path, durability, this.#refusals);
    } catch (error) {
      if (!isDamage(error) && !(error instanceof UnusableFileError && error.kind === 'damaged'))
        throw named(path, error);
      this.#setAside(path, reasonOf(error));
      return this.#openDatabase(path, durability, this.#refusals);
    }
  }

  /** What lies at the path is set aside only if it is the file that turned out to be damaged. */
  async #replaceDamaged(database: StoreDatabase, reason: string): Promise<void> {
    const isThere = database.isAt(this.#options.path);
    this.#database?.close();
    this.#database = null;
    if (isThere) this.#setAside(realPathOf(this.#options.path), reason);
    await this.opened();
    this.#notify({ kind: 'state.lacking' });
  }

  #setAside(path: string, reason: string): void {
    const aside = setAside(path, this.#nowMs);
    prepareFile(path);
    this.warn(
      'store-set-aside',
      `is damaged (${reason}): it was renamed to ${aside}, and a new file begun. What was missed before now is not known`,
    );
  }
}

const WEAKNESS =
  'any read of the file that ends in -owner, in this process, lets a second scheduler use the store beside this one';

function mustBeUsable(path: string): void {
  try {
    STORE_SCHEMA.mustBeUsable(path);
  } catch (error) {
    throw named(path, error);
  }
}

/** An error about a file has to say which file. */
function named(path: string, error: unknown): unknown {
  if (!(error instanceof UnusableFileError)) return error;
  return new UnusableFileError(error.kind, `${path}: ${error.message}`);
}
