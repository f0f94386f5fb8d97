/**
 * Marks a store's file as in use by a lock that ends with the process: a write transaction that is never committed, in
 * a small database beside the store. Others can read there who the owner is, but cannot begin a transaction. Except on
 * Windows the lock also ends when any thread of this process closes that database's file, so it does not stand alone:
 * see `owner-lock.ts`.
 */
import { DatabaseSync } from 'node:sqlite';
import { identityOf, prepareFile } from '../local-file.ts';
import { isBusy } from '../sqlite-fault.ts';

/** An owner that is being replaced, after its supervisor thread died, is gone within this time. */
const PATIENCE_MS = 2_000;

export class StoreInUseError extends Error {
  override readonly name = 'StoreInUseError';

  /** @param owner Who has the store. */
  constructor(storePath: string, owner: string) {
    super(
      `${storePath} is in use by ${owner}: a file serves one scheduler at a time, so each must have a path of its own`,
    );
  }
}

export class OwnerFile {
  readonly #connection: DatabaseSync;
  readonly #path: string;
  readonly #identity: string | null;

  private constructor(connection: DatabaseSync, path: string) {
    this.#connection = connection;
    this.#path = path;
    this.#identity = identityOf(path);
  }

  /** Throws a `StoreInUseError`, or SQLite's own error where no lock file can be written. */
  static acquire(storePath: string, nodeId: string): OwnerFile {
    const path = `${storePath}-owner`;
    prepareFile(path);
    const connection = new DatabaseSync(path, { timeout: PATIENCE_MS });
    try {
      const { application_id: id } = connection.prepare('PRAGMA application_id').get() as { application_id: number };
      if (id !== 0) throw new Error(`${path} is in the way: it is not the lock of ${storePath}, but another database`);
      connection.exec('PRAGMA journal_mode = DELETE; CREATE TABLE IF NOT EXISTS owner (pid INTEGER, node TEXT)');
      connection.exec('BEGIN IMMEDIATE; DELETE FROM owner');
      connection.prepare('INSERT INTO owner VALUES (?, ?)').run(process.pid, nodeId);
      connection.exec('COMMIT; BEGIN IMMEDIATE');
      return new OwnerFile(connection, path);
    } catch (error) {
      const owner = isBusy(error) ? ownerOf(connection) : null;
      connection.close();
      if (owner === null) throw error;
      throw new StoreInUseError(storePath, owner);
    }
  }

  /** Whether the path still leads to the locked file. */
  isInPlace(): boolean {
    return identityOf(this.#path) === this.#identity;
  }

  release(): void {
    this.#connection.close();
  }
}

function ownerOf(connection: DatabaseSync): string {
  const unknown = 'another scheduler';
  try {
    const row = connection.prepare('SELECT pid, node FROM owner').get() as { pid: number; node: string } | undefined;
    return row === undefined ? unknown : `process ${row.pid} (node ${row.node})`;
  } catch {
    return unknown;
  }
}
