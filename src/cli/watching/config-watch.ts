import { readFileSync } from 'node:fs';
import { FileWatch, type FileWatchListener } from './file-watch.ts';
import { importedFiles } from './imported-files.ts';

/** Watches a configuration file and what it imports, and tells of a change only if they say something else than before. */
export class ConfigWatch {
  readonly #file: string;
  readonly #listener: FileWatchListener;
  readonly #watch: FileWatch;
  #texts: ReadonlyMap<string, string> = new Map();

  /** @param file The path of the configuration file. */
  constructor(file: string, listener: FileWatchListener) {
    this.#file = file;
    this.#listener = listener;
    this.#watch = new FileWatch({
      changed: () => this.#compare(),
      lost: listener.lost,
      found: (folder) => {
        listener.found(folder);
        this.#watch.touch([file]);
      },
    });
    this.#texts = this.#read();
  }

  /** The files that it watches, without links. */
  get files(): readonly string[] {
    return [...this.#texts.keys()];
  }

  close(): void {
    this.#watch.close();
  }

  #compare(): void {
    const before = this.#texts;
    const texts = this.#read();
    // An editor may put the file in its place in a moment.
    if (textOf(this.#file) === '') return;
    this.#texts = texts;
    const changed = [...texts.keys(), ...before.keys()].filter((path) => texts.get(path) !== before.get(path));
    if (changed.length > 0) this.#listener.changed([...new Set(changed)]);
  }

  #read(): ReadonlyMap<string, string> {
    const files = importedFiles(this.#file);
    // The file may be a link, and another one may take its place.
    this.#watch.addFiles([this.#file, ...files]);
    return new Map(files.map((path) => [path, textOf(path)]));
  }
}

/** Empty for a file that is not there. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
