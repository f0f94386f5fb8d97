/** What a program's own modules give a backend: a factory, a client, a pool, credentials. They run in this thread. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { reasonOf } from '../../wire/error-record.ts';
import { importFailure } from '../../wire/failures/import-failure.ts';

/** Names an export of a module. */
export interface UserModule {
  /** A `file:` URL, an absolute path, or the name of a package as seen from the working directory. */
  readonly module: string;
  /** Default `default`. */
  readonly export?: string | undefined;
  /** What the export is called with if it is a function: JSON. Default `{}`. */
  readonly options?: unknown;
}

/** What an export is, or what it returned. */
export interface Given<T> {
  readonly value: T;
  /** A function made it for us, so that nobody else closes it. */
  readonly isOurs: boolean;
}

/** What an option expects of a module. */
export interface Wish<T> {
  /** The option, such as `client`. */
  readonly option: string;
  /** What is expected, after "neither" or "not". */
  readonly what: string;
  is(value: unknown): value is T;
}

/** Rejects with an `Error` that says why the module cannot be loaded. */
export async function loadExport({ module, export: name = 'default' }: UserModule): Promise<unknown> {
  const folder = `${process.cwd()}/`;
  try {
    const url = module.startsWith('file:') ? module : pathToFileURL(createRequire(folder).resolve(module)).href;
    return ((await import(url)) as Readonly<Record<string, unknown>>)[name];
  } catch (error) {
    throw new Error(importFailure(error, { module, from: pathToFileURL(folder).href }), { cause: error });
  }
}

/** Takes the export itself, or what it returns when it is a function. Rejects with an `Error` that names the option. */
export async function givenBy<T>(from: UserModule, { option, what, is }: Wish<T>): Promise<Given<T>> {
  const name = `the ${from.export === undefined ? 'default export' : `export ${from.export}`} of its module`;
  try {
    const exported = await loadExport(from);
    if (is(exported)) return { value: exported, isOurs: false };
    if (typeof exported !== 'function') {
      throw new Error(`${name} is neither ${what} nor a function that returns one`);
    }
    const value: unknown = await exported(from.options ?? {});
    if (is(value)) return { value, isOurs: true };
    throw new Error(`${name} returned something that is not ${what}`);
  } catch (error) {
    throw new Error(`option ${option}: ${reasonOf(error)}`);
  }
}
