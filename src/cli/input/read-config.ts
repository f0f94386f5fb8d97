import { existsSync, statSync, writeSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { importFailure } from '../../wire/failures/import-failure.ts';
import { isFolder, nearbyFile } from '../../wire/failures/nearby-file.ts';
import { EXIT_FAILED } from '../exit-codes.ts';
import { CommandError, UsageError } from './usage-error.ts';

/** Imports a module by its `file:` URL. */
export type ImportModule = (url: string) => Promise<unknown>;

const STANDARD_ERROR = 2;
const EXPORT = 'export default defineConfig({ plugins: ["./plugins/report.ts"] })';

/**
 * The options in a configuration file.
 * @throws UsageError if there is no such file. @throws CommandError if it cannot be loaded, or has no options.
 */
export async function readConfig(path: string, importModule: ImportModule): Promise<object> {
  if (path === '') throw new UsageError('The name of the configuration file is empty.');
  const file = resolve(path);
  if (!existsSync(file)) throw new UsageError(`Configuration file "${path}" does not exist.${hintAt(file)}`);
  if (isFolder(file)) throw new UsageError(`"${path}" is a folder: name the configuration file in it.`);
  // A pipe would be waited for without an end.
  if (!statSync(file).isFile()) throw new UsageError(`"${path}" is not a regular file, so it cannot be loaded.`);
  const url = pathToFileURL(file).href;
  const exported = await importDefault(url, path, importModule);
  const flaw = flawOf(exported, path);
  if (flaw !== null) throw new CommandError(`"${path}" is not a configuration file: ${flaw}.`);
  return exported as object;
}

async function importDefault(url: string, path: string, importModule: ImportModule): Promise<unknown> {
  try {
    return await settled(defaultOf(importModule(url)), path);
  } catch (error) {
    const [reason = '', ...frame] = importFailure(error, { module: url, from: url }).split('\n');
    const said = /[.?]$/.test(reason) ? reason : `${reason}.`;
    const message = [`Configuration file "${path}" cannot be loaded: ${said}`, ...frame].join('\n');
    throw new CommandError(message, { cause: error });
  }
}

/** A default export may be a promise of the options. */
async function defaultOf(importing: Promise<unknown>): Promise<unknown> {
  return ((await importing) as { readonly default?: unknown }).default;
}

/**
 * Rejects if a module waits for what can never come, when nothing else is left to do: Node.js would end, and with 0. A
 * module that ends the process itself is named.
 */
async function settled(importing: Promise<unknown>, path: string): Promise<unknown> {
  const idle = Promise.withResolvers<never>();
  const reject = (): void =>
    idle.reject(new Error('its top-level await, or the promise that it exports, waits for something that never comes'));
  const ended = (): void => {
    writeSync(STANDARD_ERROR, `Error: Configuration file "${path}" ended the process while it was loaded.\n`);
    process.exitCode = EXIT_FAILED;
  };
  process.once('beforeExit', reject);
  process.once('exit', ended);
  try {
    return await Promise.race([importing, idle.promise]);
  } finally {
    process.off('beforeExit', reject);
    process.off('exit', ended);
  }
}

function flawOf(exported: unknown, path: string): string | null {
  if (exported === undefined) return `it has no default export: ${EXPORT}`;
  if (isPlugin(exported)) {
    return `it exports a plugin, which a configuration names: export default defineConfig({ plugins: ["./${path}"] })`;
  }
  if (typeof exported === 'object' && exported !== null && !Array.isArray(exported)) return null;
  const what = Array.isArray(exported) ? 'an array' : `a ${typeof exported}`;
  return `its default export is ${exported === null ? 'null' : what} and must be an object: ${EXPORT}`;
}

function isPlugin(exported: unknown): boolean {
  return typeof exported === 'object' && exported !== null && 'run' in exported && 'schedules' in exported;
}

function hintAt(file: string): string {
  const meant = nearbyFile(file);
  return meant === undefined ? '' : ` Did you mean "${relative(process.cwd(), meant)}"?`;
}
