import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Rendered pages as files, one a page. Nothing is ever removed from here: that is a plugin's work. */
export class PageCache {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Returns the page if it is there, and else renders and keeps it. */
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
