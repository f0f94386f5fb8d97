import { isAbsolute, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A module as people type it. */
export function modulePath(module: string): string {
  return module.startsWith('file:') ? fileURLToPath(module) : module;
}

/** A path as it is typed in the working directory, if it is below that. */
export function shownPath(path: string): string {
  const shown = relative(process.cwd(), path);
  return shown.startsWith('..') || isAbsolute(shown) ? path : shown;
}
