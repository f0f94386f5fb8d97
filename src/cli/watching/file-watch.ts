/**
 * Watches source files. Editors write a file in several steps or put another one in its place, so a change counts when
 * nothing has happened for a moment.
 */
import { dirname, join, sep } from 'node:path';
import { FolderWatch } from './folder-watch.ts';
import { realPathOf } from './real-path.ts';

/** How long nothing must have happened. */
const SETTLE_MS = 100;
/** A folder in which something happens all the time is not waited for any longer. */
const MAX_SETTLE_MS = 2_000;
const LOOK_MS = 1_000;
/** What a module may be. Data that no module imports, such as a store beside it, may change with every run. */
const SOURCE = /\.(?:[cm]?[jt]s|wasm)$/;

export interface FileWatchListener {
  /** Called with the paths of the files that have changed, or may have. */
  changed(paths: readonly string[]): void;
  /** Called when a folder, or `all of` it, cannot be watched, or not any more. It is tried again. */
  lost(folder: string, reason: string): void;
  /** Called when it is watched again. What has changed in it is unknown. */
  found(folder: string): void;
}

export class FileWatch {
  readonly #listener: FileWatchListener;
  readonly #folders = new Map<string, FolderWatch>();
  /** Those that were named, without links. */
  readonly #files = new Set<string>();
  readonly #touched = new Set<string>();
  readonly #looks: NodeJS.Timeout;
  #settling: NodeJS.Timeout | undefined;
  #limit: NodeJS.Timeout | undefined;

  constructor(listener: FileWatchListener) {
    this.#listener = listener;
    this.#looks = setInterval(() => {
      for (const folder of this.#folders.values()) folder.look();
    }, LOOK_MS);
  }

  /** How many folders are watched now. */
  get folderCount(): number {
    return [...this.#folders.values()].filter(({ isWatched }) => isWatched).length;
  }

  /** From now on all source files below this folder. */
  addTree(folder: string): void {
    this.#add(folder, true);
  }

  /** From now on these files as well, whatever they are. */
  addFiles(files: readonly string[]): void {
    for (const file of files) this.#files.add(realPathOf(file));
    for (const folder of new Set(files.map((file) => dirname(file)))) {
      const real = realPathOf(folder);
      const isWatched = [...this.#folders].some(([path, watch]) => {
        const other = realPathOf(path);
        return other === real || (watch.isTree && real.startsWith(other + sep));
      });
      if (!isWatched) this.#add(folder, false);
    }
  }

  /** These paths count as changed, once nothing happens for a moment. */
  touch(paths: readonly string[]): void {
    for (const path of paths) this.#touched.add(path);
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#settled(), SETTLE_MS);
    this.#limit ??= setTimeout(() => this.#settled(), MAX_SETTLE_MS);
  }

  /** Reports these paths once more, in a second. */
  repeat(paths: readonly string[]): void {
    for (const path of paths) this.#touched.add(path);
    this.#limit ??= setTimeout(() => this.#settled(), LOOK_MS);
  }

  close(): void {
    clearInterval(this.#looks);
    clearTimeout(this.#settling);
    clearTimeout(this.#limit);
    for (const folder of this.#folders.values()) folder.close();
  }

  #add(folder: string, isTree: boolean): void {
    const listener = {
      heard: (name: string) => this.#heard(folder, name),
      lost: (reason: string) => this.#listener.lost(folder, reason),
      found: () => this.#listener.found(folder),
      short: (reason: string) => this.#listener.lost(`all of ${folder}`, reason),
      enough: () => this.#listener.found(`all of ${folder}`),
    };
    this.#folders.get(folder)?.close();
    this.#folders.set(folder, new FolderWatch(folder, isTree, listener));
  }

  #heard(folder: string, name: string): void {
    const path = join(folder, name);
    if (name.split(sep).includes('node_modules')) return;
    if (SOURCE.test(name) || this.#files.has(realPathOf(path))) this.touch([path]);
  }

  #settled(): void {
    clearTimeout(this.#settling);
    clearTimeout(this.#limit);
    this.#limit = undefined;
    const touched = [...this.#touched];
    this.#touched.clear();
    this.#listener.changed(touched);
  }
}
