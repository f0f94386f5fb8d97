/**
 * Watches the files that plugins are made of. A file that is not there is left alone until it is back.
 */
import { existsSync } from 'node:fs';
import { dirname, sep } from 'node:path';
import { fileOf } from '../../wire/failures/file-name.ts';
import { FileWatch } from './file-watch.ts';
import { importedFiles } from './imported-files.ts';
import { realPathOf } from './real-path.ts';

export interface PluginWatchListener {
  /** Called with the modules that may have changed, as `file:` URLs, and with the files that did. */
  changed(modules: readonly string[], files: readonly string[]): void;
  /** Called when a folder cannot be watched, or not any more. It is tried again. */
  lost(folder: string, reason: string): void;
  /** Called when it is watched again. */
  found(folder: string): void;
}

export class PluginWatch {
  readonly #listener: PluginWatchListener;
  /** The modules of each file that is a plugin. */
  readonly #modules = new Map<string, string[]>();
  /** What each of these files imports, itself included, without links. */
  readonly #imports = new Map<string, readonly string[]>();
  readonly #unwatched: ReadonlySet<string>;
  readonly #watch: FileWatch;

  /**
   * @param modules `file:` URLs; what is none is left out.
   * @param unwatched Files, without links, that concern no plugin, although they stand in the folder of one.
   */
  constructor(modules: Iterable<string>, unwatched: readonly string[], listener: PluginWatchListener) {
    this.#listener = listener;
    this.#unwatched = new Set(unwatched);
    for (const module of new Set(modules)) {
      const file = fileOf(module);
      if (file === module) continue;
      this.#modules.set(file, [...(this.#modules.get(file) ?? []), module]);
    }
    this.#watch = new FileWatch({
      changed: (paths) => this.#changed(paths),
      lost: (folder, reason) => listener.lost(folder, reason),
      found: (folder) => this.#found(folder),
    });
    for (const folder of new Set([...this.#modules.keys()].map((file) => dirname(file)))) this.#watch.addTree(folder);
    for (const file of this.#modules.keys()) this.#follow(file);
  }

  get folderCount(): number {
    return this.#watch.folderCount;
  }

  /** Reports these modules once more, in a second. */
  repeat(modules: readonly string[]): void {
    this.#watch.repeat(modules.map((module) => fileOf(module)));
  }

  close(): void {
    this.#watch.close();
  }

  #found(folder: string): void {
    this.#listener.found(folder);
    const files = [...this.#imports].flatMap(([file, imports]) =>
      [file, ...imports].some((path) => dirname(path) === folder) ? [file] : [],
    );
    this.#watch.touch(files);
  }

  /** What a file imports may be outside of its folder. */
  #follow(file: string): void {
    const imports = importedFiles(file);
    this.#imports.set(file, imports);
    this.#watch.addFiles(imports);
  }

  /**
   * A plugin's own file concerns that plugin. Another file may be imported by any plugin of its folder, in a way that
   * cannot be read, or by one whose imports say so.
   */
  #changed(paths: readonly string[]): void {
    const known = paths.filter((path) => !this.#unwatched.has(realPathOf(path)));
    const concerned = known.flatMap((path) => (this.#modules.has(path) ? [path] : this.#filesOf(path)));
    const files = [...new Set(concerned)].filter((file) => existsSync(file));
    for (const file of files) this.#follow(file);
    const modules = files.flatMap((file) => this.#modules.get(file) ?? []);
    const changed = known.filter((path) => this.#modules.has(path) || this.#filesOf(path).length > 0);
    if (modules.length > 0) this.#listener.changed(modules, changed);
  }

  #filesOf(touched: string): string[] {
    const real = realPathOf(touched);
    return [...this.#modules.keys()].filter(
      (file) => touched.startsWith(dirname(file) + sep) || this.#imports.get(file)?.includes(real),
    );
  }
}
