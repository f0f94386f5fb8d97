import { createHash } from 'node:crypto';
import { InvalidOptionError } from '../../errors.ts';

/** What `sockaddr_un` holds on every system, without the zero that ends it. */
const MAX_ADDRESS_BYTES = 103;

/**
 * Where the console of a scheduler with a SQLite store listens if its options do not say it: beside the store's file, so
 * that the command line finds it by that.
 * @param storePath An absolute path.
 * @throws InvalidOptionError when the path is too long for a socket.
 */
export function consoleSocketOf(storePath: string): string {
  if (process.platform === 'win32') {
    const digest = createHash('sha256').update(storePath.toLowerCase()).digest('hex').slice(0, 32);
    return `\\\\.\\pipe\\escapement-console-${digest}`;
  }
  const path = `${storePath}-console.sock`;
  if (Buffer.byteLength(path) <= MAX_ADDRESS_BYTES) return path;
  const rule = `a socket beside the store would have a path of more than ${MAX_ADDRESS_BYTES} bytes: give a shorter one`;
  throw new InvalidOptionError('console.socket', rule);
}
