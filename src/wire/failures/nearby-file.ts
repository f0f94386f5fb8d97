import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { nearestWord } from '../../machines/did-you-mean.ts';

/** What the endings of modules that Node imports are. */
export const MODULE_ENDINGS = ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts', '.wasm'] as const;
const MAX_NAMES = 1_000;

/** A file beside the one that is missing that was probably meant: its path; undefined if there is none. Never throws. */
export function nearbyFile(path: string): string | undefined {
  try {
    return nearest(path);
  } catch {
    // Node's permission model may forbid it, or the folder may be gone.
    return undefined;
  }
}

function nearest(path: string): string | undefined {
  const folder = dirname(path);
  if (!existsSync(folder)) return undefined;
  const stem = basename(path, extname(path));
  const names = readdirSync(folder).slice(0, MAX_NAMES).filter(isModule);
  // Above all `./ok` and `./ok.js`, where the file is `./ok.ts`.
  const sameStem = names.find((name) => basename(name, extname(name)) === stem);
  const name = sameStem ?? nearestWord(basename(path), names);
  return name === undefined ? undefined : join(folder, name);
}

/** The module in a folder that stands for it, such as `index.ts`. Never throws. */
export function indexFileOf(folder: string): string | undefined {
  try {
    const name = readdirSync(folder).find((each) => /^index\./.test(each) && isModule(each));
    return name === undefined ? undefined : join(folder, name);
  } catch {
    return undefined;
  }
}

/** Whether there is something at the path, as far as this process may know. Never throws, unlike `existsSync()`. */
export function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

/** Whether there is a folder at the path. Never throws. */
export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function isModule(name: string): boolean {
  return MODULE_ENDINGS.some((ending) => name.endsWith(ending)) && !/\.d\.[cm]?ts$/.test(name);
}
