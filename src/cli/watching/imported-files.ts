/** Which files of a project a module is made of: itself, and what it imports by a path. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, extname, resolve, sep } from 'node:path';
import { realPathOf } from './real-path.ts';

/** A module that imports more than this is watched for the first ones only. */
const MAX_FILES = 1_000;
/** A path in an import. One in a comment, or in a text, costs no more than a file that is watched for nothing. */
const IMPORT = /(?:\bfrom|\bimport|\brequire)\s*\(?\s*(['"])(\.{1,2}\/(?:(?!\1)[^\n])*)\1/g;
/** What an import without an ending, or with that of what it is compiled to, may stand for. */
const ENDINGS = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'];

/**
 * The paths without links, the module's own first: that is where an editor writes them, and from where their own imports
 * are resolved. A file that is not there yet belongs to them, so that it is seen when it comes.
 */
export function importedFiles(module: string): string[] {
  const found = new Set([realPathOf(module)]);
  for (const file of found) {
    if (found.size >= MAX_FILES) break;
    for (const path of importsOf(file)) found.add(path);
  }
  return [...found];
}

function importsOf(file: string): string[] {
  const source = sourceOf(file);
  return [...source.matchAll(IMPORT)]
    .map(([, , path = '']) => realPathOf(resolvedFrom(resolve(dirname(file), path.replace(/[?#].*$/, '')))))
    .filter((path) => !path.split(sep).includes('node_modules'));
}

function sourceOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function resolvedFrom(path: string): string {
  if (isFile(path)) return path;
  const bare = path.slice(0, path.length - extname(path).length);
  const paths = [path, bare].flatMap((each) => ENDINGS.map((ending) => `${each}${ending}`));
  return paths.find(isFile) ?? ENDINGS.map((ending) => resolve(path, `index${ending}`)).find(isFile) ?? path;
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}
