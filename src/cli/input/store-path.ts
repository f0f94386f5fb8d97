import type { StoreFile } from '../../backends/sqlite/store-thread/store-file.ts';
import type { ScheduleEntry } from '../../machines/schedule-entries.ts';
import type { CommandArguments, CommandOption } from '../command.ts';
import { textOption } from './arguments.ts';

/** Where `escapement run` keeps its state unless the configuration names a store. In the working directory. */
export const DEFAULT_STORE_PATH = 'escapement.db';

/** The option by which commands find the store that they read. */
export const STORE_OPTION: CommandOption = {
  type: 'string',
  value: '<path>',
  help: `file of the SQLite store (default: ${DEFAULT_STORE_PATH})`,
};

/** Opens the store, passes it to `read` and closes it. @throws BackendError if the file is missing or not a store. */
export async function readStore<T>(args: CommandArguments, read: (store: StoreFile) => T): Promise<T> {
  // Imported late, because Node 22 prints a warning when it loads `node:sqlite`.
  const { openStoreFile } = await import('../../backends/sqlite/store-thread/store-file.ts');
  const store = openStoreFile(pathOf(args));
  try {
    return read(store);
  } finally {
    store.close();
  }
}

/** Writes an entry into the store. @throws BackendError if the file is missing, not a store, or in use. */
export async function writeStore(args: CommandArguments, entryFor: (store: StoreFile) => ScheduleEntry): Promise<void> {
  const { writeStoreFile } = await import('../../backends/sqlite/store-thread/store-file.ts');
  await writeStoreFile(pathOf(args), entryFor);
}

function pathOf(args: CommandArguments): string {
  return textOption(args, 'store') ?? DEFAULT_STORE_PATH;
}
