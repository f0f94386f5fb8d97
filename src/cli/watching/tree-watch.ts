/**
 * Watches a folder and those below it, each by itself. Where the system cannot watch a whole tree (Linux), Node.js
 * watches each file of it, and does not see that another file takes the place of one: that is how many editors save.
 */
import { type FSWatcher, lstatSync, readdirSync, watch } from 'node:fs';
import { join } from 'node:path';

/** Folders in which no source of a user is, and which may be large. */
const LEFT_OUT = /^(?:node_modules|\..+)$/;

export interface TreeListener {
  /** Called with the path of a file, relative to the folder. */
  heard(name: string): void;
  /** Called when the folder cannot be watched any more. */
  failed(error: Error): void;
}

interface Watched {
  readonly identity: string;
  readonly watcher: FSWatcher;
}

export class TreeWatch {
  readonly #root: string;
  readonly #listener: TreeListener;
  /** By paths relative to the root, which is the empty one. */
  readonly #folders = new Map<string, Watched>();

  /** Throws if the folder cannot be watched. */
  constructor(root: string, listener: TreeListener) {
    this.#root = root;
    this.#listener = listener;
    this.#add('', identityOf(root) ?? '');
  }

  close(): void {
    for (const { watcher } of this.#folders.values()) watcher.close();
    this.#folders.clear();
  }

  /** @returns The files that were found in it and below. */
  #add(folder: string, identity: string): string[] {
    const watcher = watch(join(this.#root, folder), (_, name) => {
      if (name !== null) this.#hear(join(folder, name));
    });
    watcher.on('error', (error) => {
      if (folder === '') this.#listener.failed(error);
      else this.#drop(folder);
    });
    this.#folders.set(folder, { identity, watcher });
    const files: string[] = [];
    for (const entry of readdirSync(join(this.#root, folder), { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (!entry.isDirectory()) files.push(path);
      else if (!LEFT_OUT.test(entry.name)) files.push(...this.#look(path));
    }
    return files;
  }

  #hear(path: string): void {
    if (path.split(/[/\\]/).some((name) => LEFT_OUT.test(name))) return;
    for (const file of this.#look(path)) this.#listener.heard(file);
  }

  /** What has changed at a path: the file, or all files of a folder that is new there. */
  #look(path: string): string[] {
    const identity = identityOf(join(this.#root, path));
    const known = this.#folders.get(path);
    if (known !== undefined && known.identity === identity) return [];
    this.#drop(path);
    if (identity === null) return [path];
    try {
      return this.#add(path, identity);
    } catch {
      // It has gone again.
      this.#drop(path);
      return [];
    }
  }

  #drop(folder: string): void {
    this.#folders.get(folder)?.watcher.close();
    this.#folders.delete(folder);
  }
}

/** Another folder in the place of this one has another identity. Null for what is not a folder. */
function identityOf(path: string): string | null {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stats?.isDirectory() ? `${stats.dev}:${stats.ino}` : null;
}
