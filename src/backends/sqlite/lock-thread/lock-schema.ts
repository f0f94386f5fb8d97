import { FileSchema } from '../file-schema.ts';

/** "ESCL": a file of locks. */
export const LOCK_SCHEMA = new FileSchema(0x4553434c, [
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
  'CREATE TABLE last_claims (key TEXT PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID;',
  // In tables of their own: processes of an earlier release that have the file open write rows of four columns.
  `
  CREATE TABLE node_groups (node_id TEXT PRIMARY KEY, group_id TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE schedule_groups (id TEXT PRIMARY KEY, keys TEXT NOT NULL);
  `,
]);
