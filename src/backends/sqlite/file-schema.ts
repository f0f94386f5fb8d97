import type { DatabaseSync } from 'node:sqlite';

/** What a file turned out to be. */
export type FileKind = 'empty' | 'ours' | 'newer' | 'foreign';

/** The tables of one kind of file. SQLite keeps in the file whose it is and which version of the tables it has. */
export class FileSchema {
  readonly #applicationId: number;
  readonly #steps: readonly string[];

  /**
   * @param applicationId Marks a file as ours, see https://www.sqlite.org/pragma.html#pragma_application_id.
   * @param steps One from each version of the tables to the next. A step that was released is never changed.
   */
  constructor(applicationId: number, steps: readonly string[]) {
    this.#applicationId = applicationId;
    this.#steps = steps;
  }

  /** Looks at a file without changing it. Throws SQLite's own error for a file that is not a database. */
  kindOf(connection: DatabaseSync): FileKind {
    if (pragma(connection, 'application_id') === this.#applicationId) {
      return pragma(connection, 'user_version') > this.#steps.length ? 'newer' : 'ours';
    }
    const { count } = connection.prepare('SELECT count(*) AS count FROM sqlite_schema').get() as { count: number };
    return count === 0 ? 'empty' : 'foreign';
  }

  /** Brings a file of ours, or an empty one, to the present version: all of it or nothing. */
  migrate(connection: DatabaseSync): void {
    if (this.#isPresent(connection)) return;
    connection.exec('BEGIN IMMEDIATE');
    try {
      for (const step of this.#steps.slice(this.#versionOf(connection))) connection.exec(step);
      connection.exec(
        `PRAGMA application_id = ${this.#applicationId}; PRAGMA user_version = ${this.#steps.length}; COMMIT`,
      );
    } catch (error) {
      // After some errors SQLite has rolled back by itself.
      if (connection.isTransaction) connection.exec('ROLLBACK');
      throw error;
    }
  }

  #isPresent(connection: DatabaseSync): boolean {
    return this.kindOf(connection) === 'ours' && pragma(connection, 'user_version') === this.#steps.length;
  }

  /** Another process may have changed the file since it was looked at, so that it is looked at again. */
  #versionOf(connection: DatabaseSync): number {
    switch (this.kindOf(connection)) {
      case 'empty':
        return 0;
      case 'ours':
        return pragma(connection, 'user_version');
      default:
        throw new Error('another process changed it while it was opened');
    }
  }
}

function pragma(connection: DatabaseSync, name: 'application_id' | 'user_version'): number {
  const row = connection.prepare(`PRAGMA ${name}`).get() as Record<string, number>;
  return row[name] ?? 0;
}
