import { copyFileSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Renames a damaged file, and those that SQLite keeps beside it. Returns the new name. */
export function setAside(path: string, nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().replaceAll(':', '-');
  const aside = unusedName(`${path}.damaged-${stamp}`);
  for (const suffix of ['', '-wal', '-shm']) if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  return aside;
}

/** Two files may be damaged at one instant of a store's clock, and a rename would overwrite the first. */
function unusedName(wanted: string): string {
  let name = wanted;
  for (let count = 2; existsSync(name); count += 1) name = `${wanted}-${count}`;
  return name;
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
