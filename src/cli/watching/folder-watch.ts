/**
 * Watches the files of one folder, alone or with those below it, and begins again when that fails: the folder may be removed, or another one put in
 * its place, and the system watches a limited number of files. Some of this the system tells nobody, so the folder is
 * looked at now and then.
 */
import { statSync, watch } from 'node:fs';
import { LookBackoff } from './look-backoff.ts';
import { TreeWatch } from './tree-watch.ts';
import { watchReason } from './watch-reason.ts';

export interface FolderListener {
  /** Called with the path of a file, relative to the folder. */
  heard(name: string): void;
  /** Called once when the folder cannot be watched, or not any more. */
  lost(reason: string): void;
  /** Called when it is watched again. What has changed meanwhile is unknown. */
  found(): void;
  /** Called once when some folders below cannot be watched, because the system has nothing left for them. */
  short(reason: string): void;
  /** Called when all of them are watched again. What has changed meanwhile is heard. */
  enough(): void;
}

interface Watcher {
  /** Called about every second. */
  look(): void;
  close(): void;
}

export class FolderWatch {
  readonly isTree: boolean;
  readonly #folder: string;
  readonly #listener: FolderListener;
  readonly #backoff = new LookBackoff();
  #watcher: Watcher | null = null;
  #identity: string | null = null;
  #isLost = false;
  #isShort = false;

  /** @param isTree Whether files in the folders below it count, too. */
  constructor(folder: string, isTree: boolean, listener: FolderListener) {
    this.#folder = folder;
    this.isTree = isTree;
    this.#listener = listener;
    this.#begin();
  }

  get isWatched(): boolean {
    return this.#watcher !== null;
  }

  /** To be called about every second. */
  look(): void {
    if (this.#watcher !== null) {
      if (identityOf(this.#folder) === this.#identity) {
        this.#backoff.succeed();
        this.#watcher.look();
        return;
      }
      this.#lose('it was removed or replaced');
    }
    if (this.#backoff.isDue()) this.#begin();
  }

  close(): void {
    this.#watcher?.close();
    this.#watcher = null;
  }

  #begin(): void {
    this.#identity = identityOf(this.#folder);
    if (this.#identity === null) this.#lose('there is no such folder');
    else this.#watch();
  }

  #watch(): void {
    try {
      this.#watcher = this.#opened();
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (this.#isLost) this.#listener.found();
    this.#isLost = false;
  }

  #opened(): Watcher {
    const heard = (name: string): void => this.#listener.heard(name);
    const failed = (error: unknown): void => {
      if (this.#watcher === watcher) this.#fail(error);
    };
    const watcher: Watcher =
      this.isTree && process.platform === 'linux'
        ? new TreeWatch(this.#folder, {
            heard,
            failed,
            short: (error) => this.#shorten(error),
            enough: () => this.#complete(),
          })
        : this.#plain(heard, failed);
    return watcher;
  }

  #plain(heard: (name: string) => void, failed: (error: unknown) => void): Watcher {
    const watcher = watch(this.#folder, { recursive: this.isTree }, (_, name) => {
      if (name !== null) heard(name);
    }).on('error', failed);
    return { look: () => undefined, close: () => watcher.close() };
  }

  #shorten(error: unknown): void {
    if (!this.#isShort) this.#listener.short(watchReason(error));
    this.#isShort = true;
  }

  #complete(): void {
    this.#isShort = false;
    this.#listener.enough();
  }

  #fail(error: unknown): void {
    this.#backoff.fail();
    this.#lose(watchReason(error));
  }

  #lose(reason: string): void {
    this.close();
    this.#isShort = false;
    if (!this.#isLost) this.#listener.lost(reason);
    this.#isLost = true;
  }
}

/** Another folder in the place of this one has another identity. Null for a folder that cannot be reached. */
function identityOf(folder: string): string | null {
  try {
    const stats = statSync(folder, { bigint: true });
    return stats.isDirectory() ? `${stats.dev}:${stats.ino}` : null;
  } catch {
    return null;
  }
}
