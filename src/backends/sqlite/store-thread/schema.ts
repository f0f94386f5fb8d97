import type { DatabaseSync } from 'node:sqlite';

/** "ESCP": marks a file as ours, see https://www.sqlite.org/pragma.html#pragma_application_id. */
const APPLICATION_ID = 0x45534350;

/** One step from each version of the schema to the next. A step that was released is never changed. */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE schedules (key TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE claims (run_id TEXT PRIMARY KEY, key TEXT NOT NULL, claim TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL UNIQUE,
    key TEXT NOT NULL,
    outcome TEXT NOT NULL,
    scheduled_at REAL NOT NULL,
    finished_at REAL NOT NULL,
    record TEXT NOT NULL,
    log TEXT
  );
  CREATE INDEX runs_by_occurrence ON runs (key, scheduled_at);
  CREATE INDEX runs_by_end ON runs (finished_at);
  CREATE TABLE decisions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL,
    from_at REAL NOT NULL,
    until_at REAL NOT NULL,
    taken_at REAL NOT NULL,
    decision TEXT NOT NULL
  );
  CREATE INDEX decisions_by_span ON decisions (key, until_at);
  CREATE INDEX decisions_by_age ON decisions (taken_at);
  CREATE TABLE life (id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, at REAL NOT NULL, event TEXT NOT NULL);
  CREATE INDEX life_by_key ON life (key, id);
  CREATE TABLE sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    incarnation TEXT NOT NULL,
    node TEXT NOT NULL,
    started_at REAL NOT NULL,
    seen_at REAL NOT NULL,
    stopped_at REAL
  );
  `,
];

/** What a file turned out to be. */
export type FileKind = 'empty' | 'ours' | 'newer' | 'foreign';

/** Looks at a file without changing it. Throws SQLite's own error for what is no database. */
export function kindOf(connection: DatabaseSync): FileKind {
  const applicationId = pragma(connection, 'application_id');
  const version = pragma(connection, 'user_version');
  if (applicationId === APPLICATION_ID) return version > MIGRATIONS.length ? 'newer' : 'ours';
  const { count } = connection.prepare('SELECT count(*) AS count FROM sqlite_schema').get() as { count: number };
  return count === 0 ? 'empty' : 'foreign';
}

/** Brings a file of ours, or an empty one, to the present version: all of it or nothing. */
export function migrate(connection: DatabaseSync): void {
  const version = pragma(connection, 'user_version');
  if (version >= MIGRATIONS.length) return;
  connection.exec('BEGIN IMMEDIATE');
  try {
    for (const step of MIGRATIONS.slice(version)) connection.exec(step);
    connection.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${MIGRATIONS.length}; COMMIT`);
  } catch (error) {
    connection.exec('ROLLBACK');
    throw error;
  }
}

function pragma(connection: DatabaseSync, name: 'application_id' | 'user_version'): number {
  const row = connection.prepare(`PRAGMA ${name}`).get() as Record<string, number>;
  return row[name] ?? 0;
}
