/** Where the console of a scheduler listens beside its store, so that whoever knows the store finds the console. */
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';

/**
 * The longest path of a Unix socket in bytes: macOS takes 103 and Linux 107. One limit serves both, so that a folder that
 * machines share has one answer. A longer path cannot be listened on, or is cut short and then found by nobody.
 */
const MAX_PATH_BYTES = 103;
const HASH_DIGITS = 16;

/**
 * The path of the console's socket for the file of a store: `<file>.console` beside it, where the folder is
 * as safe as the store. If that is too long for a socket, it is a short path in the system's folder for
 * temporary files, made of a hash. On Windows it is the name of a pipe.
 * @param storePath As the user wrote it: a relative path is seen from the working directory.
 */
export function consoleSocketPath(storePath: string): string {
  const file = realPath(resolve(storePath));
  const beside = `${file}.console`;
  const name = `escapement-${createHash('sha256').update(file).digest('hex').slice(0, HASH_DIGITS)}`;
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`;
  return Buffer.byteLength(beside) <= MAX_PATH_BYTES ? beside : join(tmpdir(), `${name}.console`);
}

/** Two ways to the folder of the file must lead to the same socket. The file itself may not be there yet. */
function realPath(file: string): string {
  try {
    return join(realpathSync(dirname(file)), basename(file));
  } catch {
    return file;
  }
}
