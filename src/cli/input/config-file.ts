import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type SchedulerOptions, sqliteStore } from '../../index.ts';
import { DEFAULT_STORE_PATH } from './store-path.ts';
import { UsageError } from './usage-error.ts';

const CONFIG_FILES = ['ts', 'mts', 'js', 'mjs'].map((ending) => `escapement.config.${ending}`);

/** The configuration file of the working directory, if it has one. */
export function configFileHere(): string | undefined {
  return CONFIG_FILES.find((name) => existsSync(name));
}

/** Loads the options of a configuration file, with a store in the working directory if it names none. @throws UsageError */
export async function loadConfig(path: string): Promise<SchedulerOptions> {
  const file = resolve(path);
  if (!existsSync(file)) throw new UsageError(`Configuration file "${path}" does not exist.`);
  const url = pathToFileURL(file).href;
  const { default: options } = (await import(url)) as { readonly default?: unknown };
  if (typeof options !== 'object' || options === null) {
    throw new UsageError(`The default export of "${path}" must be an object: export default defineConfig({ … }).`);
  }
  return { baseUrl: url, store: sqliteStore({ path: DEFAULT_STORE_PATH }), ...options };
}
