import type { DatabaseSync } from 'node:sqlite';
import { type DatabaseHeader, readHeader } from './file-header.ts';
import { isFile } from './local-file.ts';
import { UnusableFileError } from './sqlite-fault.ts';

/** What a file turned out to be. */
export type FileKind = 'empty' | 'ours' | 'newer' | 'foreign';

/** The files of Escapement by their application id: see https://www.sqlite.org/pragma.html#pragma_application_id. */
const OUR_FILES: ReadonlyMap<number, string> = new Map([
  [0x45534350, 'the store of a scheduler'],
  [0x4553434c, 'a file of locks'],
]);

/** The tables of one kind of file. SQLite keeps in the file whose it is and which version of the tables it has. */
export class FileSchema {
  readonly #applicationId: number;
  readonly #steps: readonly string[];

  /**
   * @param applicationId Marks a file as ours.
   * @param steps One from each version of the tables to the next. A step that was released is never changed.
   */
  constructor(applicationId: number, steps: readonly string[]) {
    this.#applicationId = applicationId;
    this.#steps = steps;
  }

  /**
   * Makes sure that a path leads to a file of this kind, an empty file or none, before SQLite opens it. Throws an
   * `UnusableFileError`; the file is then as it was, and nothing lies beside it.
   */
  mustBeUsable(path: string): void {
    const header = isFile(path) ? readHeader(path) : null;
    if (header === null) return;
    if (header === 'other') {
      const text = 'it is not a SQLite database, or its header is damaged: it was left as it is. Use another path';
      throw new UnusableFileError('foreign', text);
    }
    if (header.isBlank) return;
    if (header.applicationId !== this.#applicationId) throw new UnusableFileError('foreign', this.#foreignText(header));
    if (header.userVersion > this.#steps.length) throw new UnusableFileError('newer', NEWER);
  }

  /** Makes sure of it again, by what SQLite says: a log may change what a file is. */
  mustBeOurs(connection: DatabaseSync): void {
    const kind = this.kindOf(connection);
    if (kind === 'newer') throw new UnusableFileError(kind, NEWER);
    if (kind === 'foreign') throw new UnusableFileError(kind, this.#foreignText());
  }

  /** Looks at a file without changing it. Throws SQLite's own error for a file that is not a database. */
  kindOf(connection: DatabaseSync): FileKind {
    const { application_id, user_version, tables } = connection.prepare(FACTS).get() as unknown as Facts;
    if (application_id !== this.#applicationId) return tables === 0 ? 'empty' : 'foreign';
    if (user_version === 0) return 'empty';
    return user_version > this.#steps.length ? 'newer' : 'ours';
  }

  /**
   * Marks an empty file as ours. Call it before the log is switched on, so that the mark is in the file itself when its
   * creator dies.
   */
  mark(connection: DatabaseSync): void {
    if (this.kindOf(connection) !== 'empty') return;
    inTransaction(connection, () => {
      this.#versionOf(connection);
      connection.exec(`PRAGMA application_id = ${this.#applicationId}`);
    });
  }

  /** Brings a file of ours, or an empty one, to the present version: all of it or nothing. */
  migrate(connection: DatabaseSync): void {
    if (this.#isPresent(connection)) return;
    inTransaction(connection, () => {
      for (const step of this.#steps.slice(this.#versionOf(connection))) connection.exec(step);
      connection.exec(`PRAGMA application_id = ${this.#applicationId}; PRAGMA user_version = ${this.#steps.length}`);
    });
  }

  #foreignText(header?: DatabaseHeader): string {
    const what = OUR_FILES.get(header?.applicationId ?? 0) ?? 'another database';
    const wanted = OUR_FILES.get(this.#applicationId) ?? 'a file of ours';
    return `it is ${what}, not ${wanted}: it was left as it is. Each needs a file of its own, so use another path`;
  }

  #isPresent(connection: DatabaseSync): boolean {
    return this.kindOf(connection) === 'ours' && versionOf(connection) === this.#steps.length;
  }

  /** Another process may have changed the file since it was looked at, so that it is looked at again. */
  #versionOf(connection: DatabaseSync): number {
    switch (this.kindOf(connection)) {
      case 'empty':
        return 0;
      case 'ours':
        return versionOf(connection);
      default:
        throw new Error('another process changed it while it was opened');
    }
  }
}

const NEWER = 'it was written by a later version of Escapement';

/**
 * One statement, so that all of it is from one moment: another process may be making the file just now, and tables
 * without the mark that came with them look like those of somebody else.
 */
const FACTS = `SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema) AS tables
  FROM pragma_application_id, pragma_user_version`;
type Facts = { readonly application_id: number; readonly user_version: number; readonly tables: number };

function inTransaction(connection: DatabaseSync, work: () => void): void {
  connection.exec('BEGIN IMMEDIATE');
  try {
    work();
    connection.exec('COMMIT');
  } catch (error) {
    // After some errors SQLite has rolled back by itself.
    if (connection.isTransaction) connection.exec('ROLLBACK');
    throw error;
  }
}

function versionOf(connection: DatabaseSync): number {
  return (connection.prepare(FACTS).get() as unknown as Facts).user_version;
}
