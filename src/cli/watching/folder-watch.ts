/**
 * Watches the files of one folder, alone or with those below it, and begins again when that fails: the folder may be removed, or another one put in
 * its place, and the system watches a limited number of files. Some of this the system tells nobody, so the folder is
 * looked at now and then.
 */
import { statSync, watch } from 'node:fs';
import { reasonOf } from '../../wire/error-record.ts';
import { TreeWatch } from './tree-watch.ts';

/** After a failure it waits for twice as many looks as before, because an attempt reads all folders below. */
const MAX_SKIPPED_LOOKS = 30;

export interface FolderListener {
  /** Called with the path of a file, relative to the folder. */
  heard(name: string): void;
  /** Called once when the folder cannot be watched, or not any more. */
  lost(reason: string): void;
  /** Called when it is watched again. What has changed meanwhile is unknown. */
  found(): void;
}

export class FolderWatch {
  readonly isTree: boolean;
  readonly #folder: string;
  readonly #listener: FolderListener;
  #watcher: { close(): void } | null = null;
  #identity: string | null = null;
  #isLost = false;
  #failures = 0;
  #skippedLooks = 0;

  /** @param isTree Whether files in the folders below it count, too. */
  constructor(folder: string, isTree: boolean, listener: FolderListener) {
    this.#folder = folder;
    this.isTree = isTree;
    this.#listener = listener;
    this.#begin();
  }

  /** To be called about every second. */
  look(): void {
    if (this.#watcher !== null) {
      if (identityOf(this.#folder) === this.#identity) {
        this.#failures = 0;
        return;
      }
      this.#lose('it was removed or replaced');
    }
    this.#skippedLooks += 1;
    if (this.#skippedLooks >= Math.min(2 ** this.#failures, MAX_SKIPPED_LOOKS)) this.#begin();
  }

  close(): void {
    this.#watcher?.close();
    this.#watcher = null;
  }

  #begin(): void {
    this.#skippedLooks = 0;
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

  #opened(): { close(): void } {
    const heard = (name: string): void => this.#listener.heard(name);
    const failed = (error: unknown): void => {
      if (this.#watcher === watcher) this.#fail(error);
    };
    const watcher =
      this.isTree && process.platform === 'linux'
        ? new TreeWatch(this.#folder, { heard, failed })
        : watch(this.#folder, { recursive: this.isTree }, (_, name) => {
            if (name !== null) heard(name);
          }).on('error', failed);
    return watcher;
  }

  #fail(error: unknown): void {
    this.#failures += 1;
    this.#lose(reasonOf(error));
  }

  #lose(reason: string): void {
    this.close();
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
