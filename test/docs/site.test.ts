/** What the site is made of; that it can be built and holds together is a check of its own, `npm run docs:site`. */
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { transitionTable } from '../../docs/.vitepress/diagram.ts';
import { inBothColours, siteLink } from '../../docs/.vitepress/links.ts';
import { HOME, PAGES, slug } from '../../docs/.vitepress/pages.ts';
import { firstSentence, titleOf } from '../../docs/.vitepress/texts.ts';
import { anchors } from '../support/markdown.ts';

const ROOT = join(import.meta.dirname, '..', '..');

describe('the site', () => {
  test('has every page of docs in its sidebar', () => {
    const written = globSync('**/*.md', { cwd: join(ROOT, 'docs') }).filter(
      (path) => !/^(decisions\/\d|index)/.test(path),
    );
    expect(PAGES.map(({ path }) => `${path}.md`).toSorted()).toEqual(written.toSorted());
  });

  test('keeps links to its own pages, and takes all others to the project', () => {
    expect(siteLink('guides/retry.md', '../plugins.md#budgets')).toBe('../plugins.md#budgets');
    expect(siteLink('design.md', 'decisions/0006-one-fold-for-every-store.md')).toMatch(/^decisions\/0006/);
    expect(siteLink('design.md', 'decisions')).toBe('./decisions/');
    expect(siteLink('guides/upgrades.md', '../../CHANGELOG.md')).toBe(`${HOME}/blob/main/CHANGELOG.md`);
    expect(siteLink('console.md', '../examples/embedding/next')).toBe(`${HOME}/blob/main/examples/embedding/next`);
    expect(siteLink('plugins.md', '../SECURITY.md#x')).toBe(`${HOME}/blob/main/SECURITY.md#x`);
    expect(siteLink('plugins.md', 'https://nodejs.org/api')).toBe('https://nodejs.org/api');
  });

  test('has the anchors of GitHub', () => {
    const heading = 'Where do I find … `run()`?';
    expect([...anchors(`## ${heading}`)]).toEqual([slug(heading)]);
  });

  test('shows a state diagram as a table', () => {
    const diagram = 'stateDiagram-v2\n  [*] --> idle\n  idle --> locking: due [isFree]\n  idle --> paused: paused\n';
    expect(transitionTable(diagram).split('\n').slice(2)).toEqual([
      '| **idle** | `due`, if `isFree` | locking |',
      '|  | `paused` | paused |',
    ]);
  });

  test('shows a picture in the colours that the reader has chosen', () => {
    const picture = '<picture>\n<source media="x" srcset="./d.webp">\n<img alt="A" src="./l.webp">\n</picture>';
    expect(inBothColours(picture)).toBe(
      '<img class="light-only" alt="A" src="./l.webp">\n<img class="dark-only" alt="A" src="./d.webp">',
    );
  });
});

describe('llms.txt and the list of decisions', () => {
  test('are up to date', async () => {
    const script = join(ROOT, 'scripts/docs-index.ts');
    const { stderr } = await promisify(execFile)(process.execPath, [script]).catch((error) => error);
    expect(stderr).toBe('');
  });

  test('say what a page begins with', () => {
    const page = '---\nx: 1\n---\n# A `title`\n\n<!-- a comment -->\n\nWhat it [is](a.md) **for**. More.\n';
    expect(titleOf(page)).toBe('A `title`');
    expect(firstSentence(page)).toBe('What it is for.');
    expect(firstSentence('# A\n\nIt can be:\n\n- this')).toBe('It can be.');
  });
});
