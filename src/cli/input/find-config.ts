/** Finds the configuration file that a command means when none is named. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, parse, relative, resolve } from 'node:path';
import { isThere } from '../../wire/failures/nearby-file.ts';
import { CommandError, didYouMean, UsageError } from './usage-error.ts';

/** The names of a configuration file that need not be typed, in the order in which they are looked for. */
export const CONFIG_FILES = ['ts', 'mts', 'js', 'mjs'].map((ending) => `escapement.config.${ending}`);

/**
 * The configuration file of the project: in this folder, or in one above it up to the package's, which has the
 * `package.json`. Undefined if there is none.
 */
export function findConfig(from = process.cwd()): string | undefined {
  for (const folder of foldersUp(resolve(from))) {
    const name = configIn(folder);
    if (name !== undefined) return join(folder, name);
  }
  return undefined;
}

/** @throws CommandError if Node's permission model forbids to look for it */
function configIn(folder: string): string | undefined {
  try {
    return CONFIG_FILES.find((each) => existsSync(join(folder, each)));
  } catch (error) {
    // Another one of the names may be allowed.
    const name = CONFIG_FILES.find((each) => isThere(join(folder, each)));
    if (name !== undefined) return name;
    throw new CommandError(
      `Node runs with --permission and may not look for escapement.config.ts in ${folder}: add --allow-fs-read=${folder}, or name a configuration file.`,
      { cause: error },
    );
  }
}

/** A configuration file that was found. */
export interface FoundConfig {
  /** Its name in what is now the working directory. */
  readonly name: string;
  /** Its path from where the command was started. */
  readonly shown: string;
}

/**
 * Goes to the folder of the project's configuration file, as npm does for a script, so that the store and relative paths
 * are the same from every folder of the project. Undefined if there is none.
 */
export function enterProject(): FoundConfig | undefined {
  const file = findConfig();
  if (file === undefined) return undefined;
  const shown = relative(process.cwd(), file);
  // Node's permission model may allow the file, and not to go to its folder.
  if (dirname(file) !== process.cwd()) process.chdir(dirname(file));
  return { name: basename(file), shown };
}

/** Says that there is no configuration file, and what may have been meant. @param command Begins the message. */
export function noConfigError(command: string): UsageError {
  const here = namesHere().filter((name) => /\.(?:[cm]?[jt]s|json|ya?ml|toml)$/.test(name));
  const near = didYouMean('escapement.config.ts', here);
  const looked = `there is no escapement.config.ts (or .mts, .js, .mjs) in this folder or above it in the package`;
  return new UsageError(
    `${command} needs a configuration file, and ${looked}.${near} Name one, as in "escapement ${command} jobs.config.ts", or make one with "escapement init".`,
  );
}

function namesHere(): string[] {
  try {
    return readdirSync(process.cwd());
  } catch {
    // It may be gone, or nobody may read it.
    return [];
  }
}

/** This folder and those above it, up to the package's or the root of the file system. */
function* foldersUp(from: string): Generator<string> {
  let folder = from;
  yield folder;
  while (!isThere(join(folder, 'package.json')) && folder !== parse(folder).root) {
    folder = dirname(folder);
    yield folder;
  }
}
