/**
 * Watches the files of plugins. Editors write a file in several steps or put another one in its place, so a change counts
 * when nothing has happened for a moment, and a file that is not there is left alone until it is back.
 */
import { existsSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FolderWatch } from './folder-watch.ts';

/** How long nothing must have happened. */
const SETTLE_MS = 100;
/** A folder in which something happens all the time is not waited for any longer. */
const MAX_SETTLE_MS = 2_000;
const LOOK_MS = 1_000;
/** What a plugin may be made of. Data, such as a store beside it, may change with every run. */
const SOURCE = /\.(?:[cm]?[jt]s|wasm)$/;

export interface PluginWatchListener {
  /** Called with the modules that may have changed, as `file:` URLs. */
  changed(modules: readonly string[]): void;
  /** Called when a folder cannot be watched, or not any more. It is tried again. */
  lost(folder: string, reason: string): void;
  /** Called when it is watched again. */
  found(folder: string): void;
}

export class PluginWatch {
  readonly #listener: PluginWatchListener;
  /** The modules of each file. */
  readonly #modules = new Map<string, string[]>();
  readonly #folders: FolderWatch[];
  readonly #touched = new Set<string>();
  readonly #looks: NodeJS.Timeout;
  #settling: NodeJS.Timeout | undefined;
  #limit: NodeJS.Timeout | undefined;

  /** @param modules `file:` URLs; what is none is left out. */
  constructor(modules: Iterable<string>, listener: PluginWatchListener) {
    this.#listener = listener;
    for (const module of new Set(modules)) {
      if (!module.startsWith('file:')) continue;
      const file = fileURLToPath(module);
      this.#modules.set(file, [...(this.#modules.get(file) ?? []), module]);
    }
    const folders = new Set([...this.#modules.keys()].map((file) => dirname(file)));
    this.#folders = [...folders].map(
      (folder) =>
        new FolderWatch(folder, {
          heard: (name) => this.#heard(folder, name),
          lost: (reason) => listener.lost(folder, reason),
          found: () => this.#found(folder),
        }),
    );
    this.#looks = setInterval(() => {
      for (const folder of this.#folders) folder.look();
    }, LOOK_MS);
  }

  get folderCount(): number {
    return this.#folders.length;
  }

  /** Reports these modules once more, in a second. */
  repeat(modules: readonly string[]): void {
    for (const module of modules) this.#touched.add(fileURLToPath(module));
    this.#limit ??= setTimeout(() => this.#settled(), LOOK_MS);
  }

  close(): void {
    clearInterval(this.#looks);
    clearTimeout(this.#settling);
    clearTimeout(this.#limit);
    for (const folder of this.#folders) folder.close();
  }

  #heard(folder: string, name: string): void {
    if (!SOURCE.test(name) || name.split(sep).includes('node_modules')) return;
    this.#touch([join(folder, name)]);
  }

  #found(folder: string): void {
    this.#listener.found(folder);
    this.#touch([...this.#modules.keys()].filter((file) => dirname(file) === folder));
  }

  #touch(paths: readonly string[]): void {
    for (const path of paths) this.#touched.add(path);
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#settled(), SETTLE_MS);
    this.#limit ??= setTimeout(() => this.#settled(), MAX_SETTLE_MS);
  }

  /** A plugin's own file concerns that plugin. Another file may be imported by any plugin of its folder. */
  #settled(): void {
    clearTimeout(this.#settling);
    clearTimeout(this.#limit);
    this.#limit = undefined;
    const touched = [...this.#touched].flatMap((path) => (this.#modules.has(path) ? [path] : this.#filesAbove(path)));
    this.#touched.clear();
    const files = [...new Set(touched)].filter((file) => existsSync(file));
    const modules = files.flatMap((file) => this.#modules.get(file) ?? []);
    if (modules.length > 0) this.#listener.changed(modules);
  }

  #filesAbove(touched: string): string[] {
    return [...this.#modules.keys()].filter((file) => touched.startsWith(dirname(file) + sep));
  }
}
