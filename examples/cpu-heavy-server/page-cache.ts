import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Rendered pages as files, one for each page. This class removes nothing: a plugin does that. */
export class PageCache {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Returns the page if it exists; otherwise renders it and keeps it. */
  get(name: string, render: () => string): string {
    const path = join(this.#folder, `${name}.html`);
    try {
      return readFileSync(path, 'utf8');
    } catch {
      const page = render();
      writeFileSync(path, page);
      return page;
    }
  }
}
