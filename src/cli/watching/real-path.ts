import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Where a file is, without links, as Node.js knows its modules. A file that is not there yet is where its folder is. */
export function realPathOf(path: string): string {
  return linkless(path) ?? join(linkless(dirname(path)) ?? dirname(path), basename(path));
}

function linkless(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}
