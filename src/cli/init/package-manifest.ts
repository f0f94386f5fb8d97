import { readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CommandError, UsageError } from '../input/usage-error.ts';
import { systemReason } from './system-reason.ts';

/** What a `package.json` says that matters here. Whatever has another type than it should counts as absent. */
export interface PackageManifest {
  /** As it stands in the file; null if there is none. */
  readonly text: string | null;
  readonly type: string | undefined;
  readonly packageManager: string | undefined;
  /** Whether other packages below belong to it. */
  readonly isWorkspace: boolean;
  readonly scripts: Readonly<Record<string, string>>;
  /** The settings of jest, if they stand there. */
  readonly jest: unknown;
  /** The names of the packages that it depends on, in any way. */
  readonly dependencies: ReadonlySet<string>;
}

const KINDS = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'];
const BYTE_ORDER_MARK = '\ufeff';

/** Reads the `package.json` of a folder. @throws UsageError if it cannot be read as one */
export function readManifest(folder: string): PackageManifest {
  const text = textOf(join(folder, 'package.json'));
  const manifest = text === null ? {} : parsed(text);
  return {
    text,
    type: stringOf(manifest['type']),
    packageManager: stringOf(manifest['packageManager']),
    isWorkspace: manifest['workspaces'] !== undefined,
    scripts: stringsOf(manifest['scripts']),
    jest: manifest['jest'],
    dependencies: new Set(KINDS.flatMap((kind) => Object.keys(objectOf(manifest[kind])))),
  };
}

/** The text of a file; null if there is no such file. @throws CommandError if it cannot be read */
export function textOf(path: string): string | null {
  try {
    // A pipe would be waited for without an end.
    if (statSync(path).isFIFO()) throw new Error('it is a pipe');
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    const reason = systemReason(error);
    throw new CommandError(`${basename(path)} cannot be read, so nothing was written: ${reason}.`, { cause: error });
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`package.json is not valid JSON, so nothing was written: ${reason}.`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && isPlain(value, 'scripts'))
    return objectOf(value);
  throw new UsageError('package.json is not an object with an object of scripts, so nothing was written.');
}

function isPlain(value: object, key: string): boolean {
  const member = objectOf(value)[key];
  return member === undefined || (typeof member === 'object' && member !== null && !Array.isArray(member));
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function stringsOf(value: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(objectOf(value)).filter((entry): entry is [string, string] => {
    return typeof entry[1] === 'string';
  });
  return Object.fromEntries(entries);
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
