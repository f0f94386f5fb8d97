/**
 * Watches a folder and those below it, each by itself. Where the system cannot watch a whole tree (Linux), Node.js
 * watches each file of it, and does not see that another file takes the place of one: that is how many editors save.
 */
import { type FSWatcher, lstatSync, readdirSync, watch } from 'node:fs';
import { join } from 'node:path';
import { LookBackoff } from './look-backoff.ts';
import { isShortage } from './watch-reason.ts';

/** Folders in which no source of a user is, and which may be large. */
const LEFT_OUT = /^(?:node_modules|\..+)$/;

export interface TreeListener {
  /** Called with the path of a file, relative to the folder. */
  heard(name: string): void;
  /** Called when the folder cannot be watched any more. */
  failed(error: Error): void;
  /** Called each time when the system has nothing left to watch a folder below. The others are watched. */
  short(error: unknown): void;
  /** Called when all of them are watched again. What has changed meanwhile is heard. */
  enough(): void;
}

type WatchFolder = (folder: string, heard: (event: string, name: string | null) => void) => FSWatcher;

interface Watched {
  readonly identity: string;
  readonly watcher: FSWatcher;
}

export class TreeWatch {
  readonly #root: string;
  readonly #listener: TreeListener;
  readonly #watch: WatchFolder;
  /** By paths relative to the root, which is the empty one. */
  readonly #folders = new Map<string, Watched>();
  /** Folders for which the system had nothing left. */
  readonly #missed = new Set<string>();
  readonly #backoff = new LookBackoff();

  /** Throws if the folder cannot be watched. @param watchFolder Watches one folder: that of Node.js. */
  constructor(root: string, listener: TreeListener, watchFolder: WatchFolder = watch) {
    this.#root = root;
    this.#watch = watchFolder;
    this.#listener = listener;
    try {
      this.#add('', identityOf(root) ?? '');
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Tries again what could not be watched. To be called about every second. */
  look(): void {
    if (this.#missed.size === 0 || !this.#backoff.isDue()) return;
    const missed = [...this.#missed];
    this.#missed.clear();
    this.#backoff.fail();
    for (const folder of missed) {
      // One is enough to see that nothing is left.
      if (this.#missed.size > 0) this.#missed.add(folder);
      else for (const file of this.#look(folder)) this.#listener.heard(file);
    }
    if (this.#missed.size > 0) return;
    this.#backoff.succeed();
    this.#listener.enough();
  }

  close(): void {
    for (const { watcher } of this.#folders.values()) watcher.close();
    this.#folders.clear();
  }

  /** @returns The files that were found in it and below. */
  #add(folder: string, identity: string): string[] {
    const watcher = this.#watch(join(this.#root, folder), (_, name) => {
      if (name !== null) this.#hear(join(folder, name));
    });
    watcher.on('error', (error) => {
      if (folder === '') this.#listener.failed(error);
      else this.#lose(folder, error);
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
    } catch (error) {
      this.#lose(path, error);
      return [];
    }
  }

  /** It has gone again, or may not be read, unless the system has run out of something. */
  #lose(folder: string, error: unknown): void {
    this.#drop(folder);
    if (!isShortage(error)) return;
    this.#missed.add(folder);
    this.#listener.short(error);
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
