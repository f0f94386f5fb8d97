import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type SchedulerOptions, sqliteStore } from '../../index.ts';
import { importAnew } from './fresh-import.ts';
import { type ImportModule, readConfig } from './read-config.ts';
import { DEFAULT_STORE_PATH } from './store-path.ts';

/**
 * Loads the options of a configuration file, with a store in the working directory if it names none.
 * @throws UsageError @throws CommandError
 */
export function loadConfig(path: string): Promise<SchedulerOptions> {
  return load(path, (url) => import(url));
}

/** Does the same with the file as it is now, also if it was loaded before. @throws UsageError @throws CommandError */
export function reloadConfig(path: string): Promise<SchedulerOptions> {
  return load(path, importAnew);
}

async function load(path: string, importModule: ImportModule): Promise<SchedulerOptions> {
  const options = await readConfig(path, importModule);
  return { baseUrl: pathToFileURL(resolve(path)).href, store: sqliteStore({ path: DEFAULT_STORE_PATH }), ...options };
}
