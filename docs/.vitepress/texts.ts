/** What is taken from the texts of the pages, for lists of them. */
import { readFileSync } from 'node:fs';
import { PAGES } from './pages.ts';

export const DOCS = new URL('../', import.meta.url);

/** A page by its path in `docs/`, without `.md`. */
export function readPage(path: string): string {
  return readFileSync(new URL(`${path}.md`, DOCS), 'utf8');
}

/** What a page is about: its first sentence, as plain text. */
export function firstSentence(markdown: string): string {
  const text = markdown.replace(/^---\n[\s\S]*?\n---\n/, '').replace(/<!--[\s\S]*?-->/g, '');
  const paragraph = text.split(/\n{2,}/).find((block) => /^[A-Za-z*`[]/.test(block.trim())) ?? '';
  const plain = paragraph
    .replaceAll('\n', ' ')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll('**', '')
    .trim();
  return /^.*?[.?!](?=\s|$)/.exec(plain)?.[0] ?? plain.replace(/:$/, '.');
}

export function titleOf(markdown: string): string {
  return /^# (.+)$/m.exec(markdown)?.[1] ?? '';
}

/** Everything in one file. It is made with the site and not kept in the repository. */
export function allPages(): string {
  return PAGES.map(({ path }) => `<!-- docs/${path}.md -->\n\n${readPage(path).trim()}\n`).join('\n');
}
