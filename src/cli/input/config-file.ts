import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type SchedulerOptions, sqliteStore } from '../../index.ts';
import { importAnew } from './fresh-import.ts';
import { DEFAULT_STORE_PATH } from './store-path.ts';
import { UsageError } from './usage-error.ts';

/** Loads the options of a configuration file, with a store in the working directory if it names none. @throws UsageError */
export function loadConfig(path: string): Promise<SchedulerOptions> {
  return load(path, (url) => import(url));
}

/** Does the same with the file as it is now, also if it was loaded before. @throws UsageError */
export function reloadConfig(path: string): Promise<SchedulerOptions> {
  return load(path, importAnew);
}

async function load(path: string, importModule: (url: string) => Promise<unknown>): Promise<SchedulerOptions> {
  const file = resolve(path);
  if (!existsSync(file)) throw new UsageError(`Configuration file "${path}" does not exist.`);
  const url = pathToFileURL(file).href;
  const { default: options } = (await importModule(url)) as { readonly default?: unknown };
  if (typeof options !== 'object' || options === null) {
    throw new UsageError(`The default export of "${path}" must be an object: export default defineConfig({ … }).`);
  }
  return { baseUrl: url, store: sqliteStore({ path: DEFAULT_STORE_PATH }), ...options };
}
