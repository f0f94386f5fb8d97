/** The file itself, as every thread that owns a SQLite file has to see it. */
import { closeSync, existsSync, mkdirSync, openSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Network file systems by their `statfs` type. SQLite's locks and shared memory do not hold there. */
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

/** Makes the folder, and the file with rights for its owner only. SQLite gives the files beside it the same rights. */
export function prepareFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
}

/** Tells a file from another one of the same name; null when there is no file. */
export function identityOf(path: string): string | null {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? null : `${stats.dev}:${stats.ino}`;
}
