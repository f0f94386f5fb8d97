import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { BackendError } from '../../../errors.ts';
import type { OccurrenceFacts } from '../../../machines/explaining/occurrence-facts.ts';
import type { HistoryRecord, RunSearch } from '../../../machines/history.ts';
import type { LedgerEntry } from '../../../machines/ledger/entries.ts';
import type { ScheduleState } from '../../../machines/schedule-state.ts';
import { reasonOf } from '../../../wire/error-record.ts';
import type { AnswerOf } from '../../../wire/questions.ts';
import { realPathOf } from '../local-file.ts';
import { StoreDatabase } from './database.ts';
import { StoreInUseError } from './owner-file.ts';
import { OwnerLock } from './owner-lock.ts';
import type { StoreQuestions } from './protocol.ts';
import { Queries } from './queries.ts';
import { withCopy } from './store-path.ts';
import { STORE_SCHEMA } from './store-schema.ts';

const BUSY_TIMEOUT_MS = 2_000;

/** A store's file, open for reading. */
export interface StoreFile {
  readonly queries: Queries;
  /** Newest first. */
  history(query: RunSearch): HistoryRecord[];
  facts(key: string, atMs: number): OccurrenceFacts;
  /** Every key that the store knows, also those of schedules that are gone. */
  keys(): string[];
  close(): void;
}

/**
 * Opens a store's file for reading, also while a scheduler writes it.
 * @throws BackendError when there is no such file, or it is not a store.
 */
export function openStoreFile(path: string): StoreFile {
  if (!existsSync(path))
    throw new BackendError(
      path,
      'there is no such file: it must be the path of a SQLite store or the URL of one in Postgres',
    );
  let connection: DatabaseSync | undefined;
  try {
    const realPath = realPathOf(path);
    STORE_SCHEMA.mustBeUsable(realPath);
    connection = new DatabaseSync(readingUrl(realPath), { readOnly: true, timeout: BUSY_TIMEOUT_MS });
    STORE_SCHEMA.mustBeOurs(connection);
    if (STORE_SCHEMA.kindOf(connection) === 'empty') throw new BackendError(path, 'it is empty, and not a store yet');
    const opened = connection;
    return readerOf(new Queries(opened), () => opened.close());
  } catch (error) {
    connection?.close();
    if (error instanceof BackendError) throw error;
    throw new BackendError(path, reasonOf(error), { cause: error });
  }
}

/**
 * Writes entries into a store that no scheduler has at the moment, and keeps schedulers out meanwhile. `entriesFor` is
 * given the schedules and says what to write. What it throws is thrown, and then nothing is written.
 * @throws BackendError when a scheduler has the store, there is no such file, or it is not a store.
 */
export async function writeStoreFile(
  path: string,
  entriesFor: (schedules: readonly ScheduleState[]) => readonly LedgerEntry[],
): Promise<void> {
  openStoreFile(path).close();
  const realPath = realPathOf(path);
  const owner = await OwnerLock.acquire(realPath, 'escapement', () => {}).catch((error: unknown) => {
    const reason = error instanceof StoreInUseError ? 'a scheduler has it' : reasonOf(error);
    throw new BackendError(path, reason, { cause: error });
  });
  try {
    const database = StoreDatabase.open(realPath, 'strict', { nowMs: () => 0, refused: () => {} });
    try {
      database.write(entriesFor(database.queries.schedules()));
    } finally {
      database.close();
    }
  } finally {
    owner.release();
  }
}

/** Schedules and open claims of a file that cannot be written, as far as it can be read. */
export function readState(path: string): AnswerOf<StoreQuestions, 'open'> {
  try {
    return withCopy(path, (copy) => {
      const file = openStoreFile(copy);
      const state = { schedules: file.queries.schedules(), openClaims: file.queries.openClaims() };
      file.close();
      return state;
    });
  } catch {
    return { schedules: [], openClaims: [] };
  }
}

/**
 * Where writer and readers share memory, a reader must not write into it. One that finds no lock of the writer would
 * take itself for the first, and empty that memory while the writer uses it; and any read of a file in the writer's
 * process drops the writer's locks. A file that nobody has opened has no such memory yet.
 */
function readingUrl(path: string): URL {
  const url = pathToFileURL(path);
  if (existsSync(`${path}-shm`)) url.searchParams.set('readonly_shm', '1');
  return url;
}

function readerOf(queries: Queries, close: () => void): StoreFile {
  return {
    queries,
    history: (query) => queries.history(query),
    facts: (key, atMs) => queries.facts(key, atMs),
    keys: () => queries.keys(),
    close,
  };
}
