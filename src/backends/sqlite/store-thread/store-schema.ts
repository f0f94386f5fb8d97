import { FileSchema } from '../file-schema.ts';

/** "ESCP": the file of a store. */
export const STORE_SCHEMA = new FileSchema(0x45534350, [
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
  // Rows that could not be used, for an operator: see refused-rows.ts. A damaged column may hold anything, or nothing.
  `
  CREATE TABLE refused (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    source TEXT NOT NULL,
    reason TEXT NOT NULL,
    key,
    content
  );
  `,
  // What plugins keep. A value may have 256 KiB, so the rows stand apart from the indexes by which they are found.
  `
  CREATE TABLE kv (
    id INTEGER PRIMARY KEY,
    space TEXT NOT NULL,
    key BLOB NOT NULL,
    value TEXT NOT NULL,
    owner TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    UNIQUE (space, key)
  );
  CREATE INDEX kv_by_owner ON kv (owner, bytes);
  `,
  // What operators did.
  `
  CREATE TABLE audit (id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, key TEXT, operation TEXT NOT NULL);
  CREATE INDEX audit_by_key ON audit (key, id);
  CREATE INDEX audit_by_age ON audit (at);
  `,
  // One schedule may have all runs of the store: what is asked of it is found without reading those that do not fit.
  `
  DROP INDEX runs_by_occurrence;
  CREATE INDEX runs_by_occurrence ON runs (key, scheduled_at, finished_at, outcome);
  `,
]);
