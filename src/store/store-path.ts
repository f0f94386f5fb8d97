import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Network file systems by their `statfs` type: locks and shared memory do not hold there. */
const NETWORK_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB'],
  [0x5346414f, 'AFS'],
  [0x00c36400, 'Ceph'],
]);

/** The name of the network file system that a path is on, or null. */
export function networkFileSystemOf(path: string): string | null {
  const { type } = statfsSync(dirname(path));
  return NETWORK_FILE_SYSTEMS.get(type >>> 0) ?? null;
}

/** Makes the folder, and the file with rights for its owner only: SQLite gives the same to the files beside it. */
export function prepareFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
}

/** Renames a file, with what SQLite keeps beside it, to a name that tells why. Returns the new name. */
export function setAside(path: string, why: 'damaged' | 'foreign', nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().replaceAll(':', '-');
  const aside = `${path}.${why}-${stamp}`;
  for (const suffix of ['', '-wal', '-shm']) if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  return aside;
}

/** Looks at a copy of a file and its log: SQLite cannot read a log in a folder that it cannot write. */
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

/** What tells a file from another one of the same name; null when there is none. */
export function identityOf(path: string): string | null {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? null : `${stats.dev}:${stats.ino}`;
}
