/**
 * Watches the files of plugins. Editors write a file in several steps or put another one in its place, so a change counts
 * when nothing has happened for a moment, and a file that is not there is left alone until it is back.
 */
import { existsSync, type FSWatcher, watch } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** How long nothing must have happened. */
const SETTLE_MS = 100;
/** What a plugin may be made of. A store beside it changes all the time. */
const SOURCE = /\.(?:[cm]?[jt]s|json|wasm)$/;

/** A plugin and the file that it was loaded from. */
export interface WatchedPlugin {
  readonly name: string;
  /** A `file:` URL. */
  readonly module: string;
}

/** Called with the names of the plugins that may have changed. */
export type PluginsChanged = (names: readonly string[]) => void;

export class PluginWatch {
  readonly #changed: PluginsChanged;
  readonly #watchers: FSWatcher[] = [];
  readonly #plugins = new Map<string, Set<string>>();
  readonly #touched = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(plugins: readonly WatchedPlugin[], changed: PluginsChanged) {
    this.#changed = changed;
    for (const { name, module } of plugins) {
      if (!module.startsWith('file:')) continue;
      const file = fileURLToPath(module);
      this.#plugins.set(file, (this.#plugins.get(file) ?? new Set()).add(name));
    }
    for (const folder of this.folders) {
      const watcher = watch(folder, { recursive: true }, (_, name) => this.#heard(folder, name));
      // The folder itself has gone: there is nothing to watch any more.
      watcher.on('error', () => watcher.close());
      this.#watchers.push(watcher);
    }
  }

  get folders(): string[] {
    return [...new Set([...this.#plugins.keys()].map((file) => dirname(file)))];
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers) watcher.close();
  }

  #heard(folder: string, name: string | null): void {
    if (name === null || !SOURCE.test(name) || name.split(sep).includes('node_modules')) return;
    this.#touched.add(join(folder, name));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#settled(), SETTLE_MS);
  }

  /** A plugin's own file concerns that plugin. Another file may be imported by any plugin of its folder. */
  #settled(): void {
    const names = new Set<string>();
    for (const touched of this.#touched) {
      const own = this.#plugins.get(touched);
      const files = own === undefined ? this.#filesAbove(touched) : [touched];
      for (const file of files) {
        if (existsSync(file)) for (const name of this.#plugins.get(file) ?? []) names.add(name);
      }
    }
    this.#touched.clear();
    if (names.size > 0) this.#changed([...names]);
  }

  #filesAbove(touched: string): string[] {
    return [...this.#plugins.keys()].filter((file) => touched.startsWith(dirname(file) + sep));
  }
}
