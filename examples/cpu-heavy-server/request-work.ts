import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { marked } from 'marked';
import type { PageCache } from './page-cache.ts';

/** The answer to a request. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const REPOSITORY = join(import.meta.dirname, '..', '..');
const DIGEST_ROUNDS = 200;

/** The server's work. It computes everything on the main thread, in one go, while every other request waits. */
export class RequestWork {
  readonly #document = wholeDocumentation();
  readonly #cache: PageCache;

  constructor(cache: PageCache) {
    this.#cache = cache;
  }

  answer(path: string): Answer {
    const [, route, revision = '0'] = path.split('/');
    if (!/^\d{1,6}$/.test(revision)) return { status: 404, type: 'text/plain', body: 'Not found\n' };
    switch (route) {
      case 'pages':
        return { status: 200, type: 'text/html', body: this.#page(revision) };
      case 'digests':
        return { status: 200, type: 'text/plain', body: `${this.#digest(revision)}\n` };
      case 'trees':
        return { status: 200, type: 'application/json', body: this.#tree(revision) };
      default:
        return { status: 404, type: 'text/plain', body: 'Not found\n' };
    }
  }

  /** All pages of the documentation as one page of HTML. */
  #page(revision: string): string {
    return this.#cache.get(`page-${revision}`, () => marked.parse(this.#of(revision), { async: false }));
  }

  /** A digest of the document, hashed over and over, as one would do to make a signature expensive. */
  #digest(revision: string): string {
    const text = this.#of(revision);
    let digest = '';
    for (let round = 0; round < DIGEST_ROUNDS; round += 1) {
      digest = createHash('sha256').update(digest).update(text).digest('hex');
    }
    return digest;
  }

  /** The document's syntax tree as JSON, parsed once to be sure that it is valid. */
  #tree(revision: string): string {
    const tree: unknown = JSON.parse(JSON.stringify(marked.lexer(this.#of(revision))));
    return JSON.stringify(tree);
  }

  #of(revision: string): string {
    return `# Revision ${revision}\n\n${this.#document}`;
  }
}

/** A large real document: all the documents of this repository. */
function wholeDocumentation(): string {
  const paths = globSync('{*.md,docs/**/*.md}', { cwd: REPOSITORY }).toSorted();
  return paths.map((path) => readFileSync(join(REPOSITORY, path), 'utf8')).join('\n\n');
}
