import { isAbsolute, relative } from 'node:path';
import { fileOf } from '../../wire/failures/file-name.ts';

/** A module as people type it. A URL that names no path stays as it is. */
export function modulePath(module: string): string {
  return fileOf(module);
}

/** A path as it is typed in the working directory, if it is below that. */
export function shownPath(path: string): string {
  const shown = relative(process.cwd(), path);
  return shown.startsWith('..') || isAbsolute(shown) ? path : shown;
}
