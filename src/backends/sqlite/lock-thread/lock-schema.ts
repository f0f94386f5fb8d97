import type { DatabaseSync } from 'node:sqlite';

/** "ESCL": marks a file as one of locks, see https://www.sqlite.org/pragma.html#pragma_application_id. */
const APPLICATION_ID = 0x4553434c;

/** One step from each version of the schema to the next. A step that was released is never changed. */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE locks (
    key TEXT PRIMARY KEY,
    lock_id TEXT NOT NULL,
    boot TEXT NOT NULL,
    expires_monotonic INTEGER NOT NULL,
    expires_wall INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX locks_by_expiry ON locks (boot, expires_monotonic);
  CREATE INDEX locks_by_wall ON locks (boot, expires_wall);
  CREATE TABLE nodes (
    node_id TEXT PRIMARY KEY,
    boot TEXT NOT NULL,
    expires_monotonic INTEGER NOT NULL,
    expires_wall INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE tokens (id INTEGER PRIMARY KEY CHECK (id = 1), last INTEGER NOT NULL);
  INSERT INTO tokens VALUES (1, 0);
  `,
];

/** Looks at a file without changing it. Throws an error that says why it cannot be used. */
export function check(connection: DatabaseSync): void {
  versionOf(connection);
}

/** Makes a new file one of locks, or brings one to the present version. Throws an error that says why it cannot be used. */
export function migrate(connection: DatabaseSync): void {
  connection.exec('BEGIN IMMEDIATE');
  try {
    const version = versionOf(connection);
    for (const step of MIGRATIONS.slice(version)) connection.exec(step);
    connection.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${MIGRATIONS.length}; COMMIT`);
  } catch (error) {
    if (connection.isTransaction) connection.exec('ROLLBACK');
    throw error;
  }
}

/** 0 of an empty file. */
function versionOf(connection: DatabaseSync): number {
  const version = pragma(connection, 'user_version');
  if (pragma(connection, 'application_id') === APPLICATION_ID) {
    if (version > MIGRATIONS.length) throw new Error('it was written by a later version of Escapement');
    return version;
  }
  const { count } = connection.prepare('SELECT count(*) AS count FROM sqlite_schema').get() as { count: number };
  if (count > 0) throw new Error('it is no file of locks, but another database: give the locks a file of their own');
  return 0;
}

function pragma(connection: DatabaseSync, name: 'application_id' | 'user_version'): number {
  const row = connection.prepare(`PRAGMA ${name}`).get() as Record<string, number>;
  return row[name] ?? 0;
}
