import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readPostgresStore, type StorePlace, writePostgresStore } from '../../backends/postgres/visited-store.ts';
import type { HistoryRecord, OccurrenceFacts } from '../../index.ts';
import type { RunSearch } from '../../machines/history.ts';
import type { LedgerEntry } from '../../machines/ledger/entries.ts';
import type { ScheduleState } from '../../machines/schedule-state.ts';
import { SystemClock } from '../../supervisor/clocks/system-clock.ts';
import type { CommandArguments, CommandOption } from '../command.ts';
import { textOption } from './arguments.ts';
import { findConfig } from './find-config.ts';
import { isPostgresUrl, SCHEMA_OPTION, schemaOf } from './postgres-place.ts';
import { UsageError } from './usage-error.ts';

/** Where `escapement run` keeps its state unless the configuration names a store. In the working directory. */
export const DEFAULT_STORE_PATH = 'escapement.db';

/** The options by which commands find the store that they use. */
export const STORE_OPTIONS: Readonly<Record<'store' | 'schema', CommandOption>> = {
  store: {
    type: 'string',
    value: '<store>',
    help: `SQLite file or Postgres URL (default: ${DEFAULT_STORE_PATH})`,
  },
  schema: SCHEMA_OPTION,
};

/** What the help of these commands says about URLs: other users of a machine see its command lines. */
export const PASSWORD_ADVICE =
  'Leave the password out of a URL, because others can see it in the list of\nprocesses: set PGPASSWORD, or have a file ~/.pgpass.';

/** A store that is open for reading, of either kind. */
export interface ReadableStore {
  /** Newest first. */
  history(query: RunSearch): readonly HistoryRecord[] | Promise<readonly HistoryRecord[]>;
  facts(key: string, atMs: number): OccurrenceFacts | Promise<OccurrenceFacts>;
  /** Every key that the store knows, also those of schedules that are gone. */
  keys(): readonly string[] | Promise<readonly string[]>;
}

/** What stands in a store that is about to be written to. */
export interface StoreView {
  readonly schedules: readonly ScheduleState[];
  /** The clock that the schedules go by, epoch milliseconds. */
  readonly nowMs: number;
  /** How many nodes are running. Always 0 for a file: a running scheduler keeps others from writing. */
  readonly nodeCount: number;
}

/**
 * Opens the store, passes it to `read` and closes it. `nowMs` is the clock that its schedules go by: that of this machine
 * for a file, and that of the database otherwise.
 * @throws BackendError if the store cannot be reached or read, or is not a store.
 */
export async function readStore<T>(
  args: CommandArguments,
  read: (store: ReadableStore, nowMs: number) => Promise<T>,
): Promise<T> {
  const place = placeOf(args);
  if (typeof place !== 'string') {
    return readPostgresStore(place, new SystemClock(), async (store) => read(store, await store.nowMs()));
  }
  const { openStoreFile } = await sqliteFiles();
  const store = openStoreFile(place);
  try {
    return await read(store, Date.now());
  } finally {
    store.close();
  }
}

/**
 * Writes entries into the store, all or none of them. `entriesFor` may be called again, when somebody else has changed the store meanwhile.
 * @throws BackendError if the store cannot be reached or written, is not a store, or is a file in use.
 */
export async function writeStore(
  args: CommandArguments,
  entriesFor: (view: StoreView) => readonly LedgerEntry[],
): Promise<void> {
  const place = placeOf(args);
  if (typeof place !== 'string') {
    return writePostgresStore(place, new SystemClock(), ({ schedules, nowMs, nodeIds }) =>
      entriesFor({ schedules, nowMs, nodeCount: nodeIds.length }),
    );
  }
  const { writeStoreFile } = await sqliteFiles();
  await writeStoreFile(place, (schedules) => entriesFor({ schedules, nowMs: Date.now(), nodeCount: 0 }));
}

/** The path of a file, or a place in Postgres. @throws UsageError */
function placeOf(args: CommandArguments): string | StorePlace {
  const store = textOption(args, 'store') ?? defaultStore();
  if (isPostgresUrl(store)) return { connectionString: store, schema: schemaOf(args) };
  if (textOption(args, 'schema') === undefined) return store;
  throw new UsageError('Option --schema is for a store in Postgres: name it with --store postgres://….');
}

/** The store of `escapement run`, which works in the folder of the project's configuration file. */
function defaultStore(): string {
  const config = existsSync(DEFAULT_STORE_PATH) ? undefined : findConfig();
  const file = config === undefined ? DEFAULT_STORE_PATH : join(dirname(config), DEFAULT_STORE_PATH);
  return existsSync(file) ? file : DEFAULT_STORE_PATH;
}

/**
 * What opens SQLite files. Node 22 prints that `node:sqlite` is experimental when something loads it; the choice was ours,
 * and whoever reads a command's output cannot act on it.
 */
async function sqliteFiles(): Promise<typeof import('../../backends/sqlite/store-thread/store-file.ts')> {
  const { emitWarning } = process;
  process.emitWarning = (warning: string | Error, ...kind: unknown[]) => {
    if (kind[0] !== 'ExperimentalWarning') Reflect.apply(emitWarning, process, [warning, ...kind]);
  };
  try {
    return await import('../../backends/sqlite/store-thread/store-file.ts');
  } finally {
    process.emitWarning = emitWarning;
  }
}
