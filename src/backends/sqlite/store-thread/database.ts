/** An open store file, migrated and checked. Everything here is synchronous. */
import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { StoreEntry } from '../../../machines/ledger/entries.ts';
import { identityOf } from '../local-file.ts';
import { UnusableFileError } from '../sqlite-fault.ts';
import { EntryWriter } from './entry-writer.ts';
import { KvRows } from './kv/kv-rows.ts';
import type { Durability } from './protocol.ts';
import { Queries } from './queries.ts';
import { RefusedRows, type RefusedRowsListener } from './refused-rows.ts';
import { STORE_SCHEMA } from './store-schema.ts';

/** A reader (a backup, `escapement history`) may hold the file for a moment. */
const BUSY_TIMEOUT_MS = 2_000;
/**
 * A file up to this size is always checked when it is opened; a larger one only when its last session did not end in
 * good order.
 */
const ALWAYS_CHECKED_BYTES = 64 * 2 ** 20;

/** The last event of each kind before the limit stays, because what it says still held at the limit. */
const PRUNE_LIFE = `
  DELETE FROM life WHERE id IN (
    SELECT id FROM life WHERE at < ? AND id NOT IN (
      SELECT max(id) FROM life WHERE at < ? GROUP BY key, CASE WHEN json_valid(event) THEN json_extract(event, '$.kind') END
    ) LIMIT ?
  )`;

export class StoreDatabase {
  readonly #connection: DatabaseSync;
  readonly #path: string;
  readonly #identity: string | null;
  /** Which file the log is. */
  #log: string | null = null;
  readonly #writer: EntryWriter;
  readonly queries: Queries;
  readonly kv: KvRows;

  private constructor(connection: DatabaseSync, path: string, listener: RefusedRowsListener) {
    this.#connection = connection;
    this.#path = path;
    this.#identity = identityOf(path);
    const refused = new RefusedRows(connection, listener);
    this.queries = new Queries(connection, (row, place) => refused.refuse(row, place));
    this.kv = new KvRows(connection);
    this.#writer = new EntryWriter(connection, this.queries, this.kv);
  }

  /** Throws an `UnusableFileError`, or SQLite's own error. The path must have passed `STORE_SCHEMA.mustBeUsable`. */
  static open(path: string, durability: Durability, listener: RefusedRowsListener): StoreDatabase {
    const connection = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
    try {
      STORE_SCHEMA.mustBeOurs(connection);
      const kind = STORE_SCHEMA.kindOf(connection);
      STORE_SCHEMA.mark(connection);
      connection.exec(
        `PRAGMA journal_mode = WAL; PRAGMA synchronous = ${durability === 'strict' ? 'FULL' : 'NORMAL'}; PRAGMA trusted_schema = OFF`,
      );
      if (kind === 'ours') mustBeWhole(connection, path);
      STORE_SCHEMA.migrate(connection);
      return new StoreDatabase(connection, path, listener);
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** Writes all of a batch or nothing. Returns the indexes of refused entries. Throws SQLite's own error. */
  write(entries: readonly StoreEntry[]): number[] {
    this.#connection.exec('BEGIN IMMEDIATE');
    try {
      const refused = this.#writer.write(entries);
      this.#connection.exec('COMMIT');
      return refused;
    } catch (error) {
      this.#writer.forget();
      // After some errors SQLite has rolled back by itself.
      if (this.#connection.isTransaction) this.#connection.exec('ROLLBACK');
      throw error;
    }
  }

  /** Deletes up to `limit` rows of each kind that retention does not keep. Returns how many it deleted. */
  prune({ maxRuns, oldestMs, limit }: { maxRuns: number; oldestMs: number; limit: number }): number {
    const run = (sql: string, ...values: number[]): number =>
      Number(this.#connection.prepare(sql).run(...values, limit).changes);
    // Ids only grow, so the newest rows have the highest ones.
    const beyond = (table: string): string =>
      `DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} WHERE id <= (SELECT max(id) FROM ${table}) - ? LIMIT ?)`;
    return (
      run(beyond('runs'), maxRuns) +
      run('DELETE FROM runs WHERE id IN (SELECT id FROM runs WHERE finished_at < ? LIMIT ?)', oldestMs) +
      run(beyond('decisions'), maxRuns) +
      run('DELETE FROM decisions WHERE id IN (SELECT id FROM decisions WHERE taken_at < ? LIMIT ?)', oldestMs) +
      run(beyond('audit'), maxRuns) +
      run('DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < ? LIMIT ?)', oldestMs) +
      run('DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE seen_at < ? LIMIT ?)', oldestMs) +
      run(PRUNE_LIFE, oldestMs, oldestMs)
    );
  }

  /** Whether the path still leads to the open file, with its log beside it. */
  isInPlace(): boolean {
    const log = identityOf(`${this.#path}-wal`);
    this.#log ??= log;
    return this.isAt(this.#path) && log !== null && log === this.#log;
  }

  /** Whether a path leads to the open file. */
  isAt(path: string): boolean {
    return identityOf(path) === this.#identity;
  }

  /** Moves the log into the file. This works even when somebody has deleted the log, since it is still open here. */
  checkpoint(): void {
    this.#connection.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }

  close(): void {
    this.#connection.close();
  }
}

function mustBeWhole(connection: DatabaseSync, path: string): void {
  const last = new Queries(connection).lastSession();
  const isClean = last === undefined || last.stoppedAtMs !== undefined;
  if (isClean && statSync(path).size > ALWAYS_CHECKED_BYTES) return;
  const { quick_check: verdict } = connection.prepare('PRAGMA quick_check(1)').get() as { quick_check: string };
  if (verdict !== 'ok') throw new UnusableFileError('damaged', verdict);
}
