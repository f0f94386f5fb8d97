/** The file itself, as every thread that owns a SQLite file has to see it. */
import {
  chmodSync,
  closeSync,
  lstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  type Stats,
  statfsSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { createFolder } from '../../wire/create-folder.ts';
import { UnusableFileError } from './sqlite-fault.ts';

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

/**
 * The one path of a file that may not exist yet, whichever of its names is given. What lies beside a file and guards it
 * has to be found under every name.
 */
export function realPathOf(path: string): string {
  const absolute = resolve(path);
  try {
    return realpathSync.native(absolute);
  } catch (error) {
    if (!isMissing(error) || dirname(absolute) === absolute) throw error;
  }
  const link = lstatSync(absolute, { throwIfNoEntry: false });
  if (link?.isSymbolicLink()) return realPathOf(resolve(dirname(absolute), readlinkSync(absolute)));
  return join(realPathOf(dirname(absolute)), basename(absolute));
}

/** Makes the folder, and the file with rights for its owner only. SQLite gives the files beside it the same rights. */
export function prepareFile(path: string): void {
  createFolder(dirname(path));
  try {
    closeSync(openSync(path, 'ax', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw error;
  }
  // The umask may have taken rights from the owner too.
  chmodSync(path, 0o600);
}

/** False for a path that leads nowhere yet. Opening a pipe or a device could block, so nothing is opened to find out. */
export function isFile(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return false;
  if (!stats.isFile()) throw new UnusableFileError('foreign', `it is ${kindOf(stats)}: it must be the path of a file`);
  if (stats.nlink > 1) {
    throw new UnusableFileError(
      'foreign',
      `it has ${stats.nlink} names (hard links): SQLite keeps a log beside each, which would damage it, so it must have one name only`,
    );
  }
  return true;
}

/** Tells a file from another one of the same name; null when there is no file. */
export function identityOf(path: string): string | null {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? null : `${stats.dev}:${stats.ino}`;
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a directory';
  if (stats.isFIFO()) return 'a named pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
