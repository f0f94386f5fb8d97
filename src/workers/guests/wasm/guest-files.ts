/** The files that a guest may read: those of `permissions.allowedPaths`, and nothing that only seems to be among them. */
import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, realpathSync, statSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MAX_GUEST_TEXT_BYTES } from '../../../wire/guests/guest-limits.ts';
import type { PluginSource } from '../../protocol.ts';

const MAX_NAMES = 10_000;
const decoder = new TextDecoder();

export class GuestFiles {
  readonly #base: string;
  readonly #allowed: readonly string[];

  /** Relative paths are taken from where the plugin is installed. */
  constructor({ resolveFrom, permissions }: Pick<PluginSource, 'resolveFrom' | 'permissions'>) {
    this.#base = resolveFrom.startsWith('file:') ? fileURLToPath(new URL('.', resolveFrom)) : process.cwd();
    this.#allowed = (permissions?.allowedPaths ?? []).map((path) => resolve(this.#base, path));
  }

  /** The text of a file. @throws Error for one that it may not read, or that is too long. */
  read(path: unknown): string {
    // Not blocking: a named pipe that takes its place would keep the thread.
    const file = openSync(this.#granted(path), constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = fstatSync(file);
      if (!stats.isFile()) throw new Error('it is not a file');
      if (stats.size > MAX_GUEST_TEXT_BYTES) {
        throw new Error(`it has ${stats.size} bytes, and a guest reads at most ${MAX_GUEST_TEXT_BYTES}`);
      }
      const bytes = new Uint8Array(stats.size);
      let length = 0;
      for (let count = -1; length < bytes.length && count !== 0; length += count) {
        count = readSync(file, bytes, length, bytes.length - length, null);
      }
      return decoder.decode(bytes.subarray(0, length));
    } finally {
      closeSync(file);
    }
  }

  /** The names in a folder, in order; those of folders end with a slash. @throws Error as `read` does. */
  list(path: unknown): string[] {
    const folder = this.#granted(path);
    if (!statSync(folder).isDirectory()) throw new Error('it is not a folder');
    const entries = readdirSync(folder, { withFileTypes: true });
    if (entries.length > MAX_NAMES) throw new Error(`it has more than ${MAX_NAMES} entries`);
    return entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort();
  }

  /** Where a path leads, when all its links are followed. What is not allowed does not show whether it exists. */
  #granted(path: unknown): string {
    if (typeof path !== 'string') throw new TypeError('the path must be a text');
    const real = realPath(resolve(this.#base, path));
    const isGranted = this.#allowed.some((allowed) => {
      const root = realPath(allowed);
      return (
        root !== null && real !== null && (real === root || real.startsWith(root.endsWith(sep) ? root : root + sep))
      );
    });
    if (real === null || !isGranted) throw new Error('there is no such file that the guest may read');
    return real;
  }
}

function realPath(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}
