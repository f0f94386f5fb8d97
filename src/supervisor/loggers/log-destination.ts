/**
 * Opens what the option `logger.destination` names. The supervisor thread must never wait for whoever reads the log: a
 * write that blocks keeps the thread from ending, and then `stop()` never resolves. So pipes and terminals are opened
 * for writes that do not block. Files do not block, and share their position with other writers, so that a descriptor
 * of a file is used as it is.
 */
import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { InvalidOptionError } from '../../errors.ts';
import { createFolder } from '../../wire/create-folder.ts';
import { reasonOf } from '../../wire/error-record.ts';
import { previewOf } from '../../wire/value-preview.ts';

/** Windows knows neither of the last two. */
const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK = 0, O_NOCTTY = 0 } = constants;
/** Plugins log what they like, so nobody but the owner may read it. */
const FILE_MODE = 0o600;

/**
 * Returns a file descriptor that can be written. A missing folder is created.
 * @throws InvalidOptionError that has the path or the descriptor, and what is wrong with it.
 */
export function openLogDestination(destination: number | string): number {
  try {
    return typeof destination === 'number' ? writable(destination) : opened(destination);
  } catch (error) {
    const what = typeof destination === 'number' ? 'file descriptor' : 'file';
    throw new InvalidOptionError(
      'logger.destination',
      `${what} ${previewOf(destination)} cannot be written: ${explained(error)}`,
      { cause: error },
    );
  }
}

function opened(path: string): number {
  createFolder(dirname(resolve(path)));
  return openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY, FILE_MODE);
}

/** The descriptor itself, or a new one of the same pipe or terminal whose writes do not block. */
function writable(descriptor: number): number {
  const stats = fstatSync(descriptor);
  // Writing nothing fails for a descriptor that was opened for reading only.
  writeSync(descriptor, new Uint8Array(0));
  if (!stats.isFIFO() && !stats.isCharacterDevice()) return descriptor;
  try {
    return openSync(`/proc/self/fd/${descriptor}`, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY);
  } catch {
    // Only Linux can open a descriptor anew, and only if this user may open what it stands for.
    return descriptor;
  }
}

function explained(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENXIO') return 'it is a pipe that nobody reads, or a socket; start its reader first';
  if (code === 'EISDIR') return 'it is a folder';
  return reasonOf(error);
}
