import type { StoreFile } from '../../backends/sqlite/store-thread/store-file.ts';
import type { CommandArguments, CommandOption } from '../command.ts';
import { textOption } from './arguments.ts';

/** Where `escapement run` keeps its state unless its configuration says otherwise: in the working directory. */
export const DEFAULT_STORE_PATH = 'escapement.db';

/** The option of commands that read a store. */
export const STORE_OPTION: CommandOption = {
  type: 'string',
  value: '<path>',
  help: `file of the SQLite store (default: ${DEFAULT_STORE_PATH})`,
};

/** Hands the store that was asked for to `read`, and closes it. @throws BackendError for a file that is no store. */
export async function readStore<T>(args: CommandArguments, read: (store: StoreFile) => T): Promise<T> {
  // Only here: Node 22 warns of `node:sqlite` when it is loaded.
  const { openStoreFile } = await import('../../backends/sqlite/store-thread/store-file.ts');
  const store = openStoreFile(textOption(args, 'store') ?? DEFAULT_STORE_PATH);
  try {
    return read(store);
  } finally {
    store.close();
  }
}
