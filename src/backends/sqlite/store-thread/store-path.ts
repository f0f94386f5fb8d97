import { copyFileSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Renames a file, and those that SQLite keeps beside it, to a name that says why. Returns the new name. */
export function setAside(path: string, why: 'damaged' | 'foreign', nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().replaceAll(':', '-');
  const aside = `${path}.${why}-${stamp}`;
  for (const suffix of ['', '-wal', '-shm']) if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  return aside;
}

/** Looks at a copy of a file and its log, because SQLite cannot read a log in a folder that it cannot write. */
export function withCopy<T>(path: string, look: (copy: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'escapement-'));
  const copy = join(folder, 'store.db');
  try {
    for (const suffix of ['', '-wal']) if (existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix);
    return look(copy);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
