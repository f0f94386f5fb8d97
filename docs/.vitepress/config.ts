/** The site of the documents: `npm run docs:site` builds it without a network. `docs/*.md` are its only source. */
import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineConfig, type MarkdownRenderer } from 'vitepress';
import { transitionTable } from './diagram.ts';
import { inBothColours, siteLink } from './links.ts';
import { GROUPS, HOME, slug } from './pages.ts';
import { allPages, DOCS, readPage, titleOf } from './texts.ts';

/** Where the site is mounted: `/` unless the variable says otherwise, as for the pages of a project on GitHub. */
const BASE = process.env['DOCS_BASE'] ?? '/';

const DESCRIPTION =
  'A job scheduler that you embed in a Node.js server. Jobs start on time, however busy the server is, and cannot harm it.';

/** Each decision by its number and title. */
function decisions() {
  const names = readdirSync(new URL('decisions/', DOCS)).filter((name) => /^\d{4}-.*\.md$/.test(name));
  const paths = names.toSorted().map((name) => `decisions/${name.slice(0, -'.md'.length)}`);
  return paths.map((path) => ({ text: titleOf(readPage(path)).replaceAll('`', ''), link: `/${path}` }));
}

const sidebar = [
  ...GROUPS.map(({ title, pages }) => ({
    text: title,
    collapsed: false,
    items: pages
      .filter(({ path }) => path !== 'decisions/README')
      .map(({ path, text }) => ({ text, link: `/${path}` })),
  })),
  { text: 'Decisions', link: '/decisions/', collapsed: true, items: decisions() },
];

/** Who searches is mostly a user: what is written for readers of the code comes last. */
const SEARCH = {
  fuzzy: 0.1,
  prefix: true,
  boost: { title: 4, text: 2, titles: 1 },
  boostDocument: (path: string) => (/^\/(decisions|design|benchmarks)/.test(path) ? 0.3 : 1),
};

/** Rewrites the links of a page before VitePress looks for dead ones, and its pictures. */
function rewrite(md: MarkdownRenderer): void {
  const { fence } = md.renderer.rules;
  md.renderer.rules.fence = (tokens, index, options, env, self) => {
    const { info = '', content = '' } = tokens[index] ?? {};
    if (info.trim() === 'mermaid') return md.render(transitionTable(content), env);
    return fence?.(tokens, index, options, env, self) ?? '';
  };
  md.core.ruler.push('links-of-the-site', ({ tokens, env }) => {
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.type === 'link_open' ? token.attrGet('href') : null;
      if (href !== null) token.attrSet('href', siteLink(env.relativePath ?? '', href));
    }
    for (const token of tokens) if (token.type === 'html_block') token.content = inBothColours(token.content);
  });
}

export default defineConfig({
  title: 'Escapement',
  description: DESCRIPTION,
  lang: 'en',
  base: BASE,
  cleanUrls: false,
  cacheDir: '../node_modules/.cache/vitepress',
  rewrites: { 'decisions/README.md': 'decisions/index.md' },
  head: [
    ['link', { rel: 'icon', type: 'image/svg+xml', href: `${BASE}escapement.svg` }],
    ['meta', { name: 'theme-color', content: '#2848a4' }],
  ],
  markdown: {
    anchor: { slugify: slug },
    theme: { light: 'github-light', dark: 'github-dark' },
    config: rewrite,
  },
  buildEnd: ({ outDir }) => writeFile(join(outDir, 'llms-full.txt'), allPages()),
  themeConfig: {
    logo: { src: '/escapement.svg', alt: '' },
    nav: [
      { text: 'Start', link: '/getting-started' },
      { text: 'Guides', link: '/guides/retry', activeMatch: '/guides/' },
      { text: 'Compare', link: '/comparison', activeMatch: '/(comparison|migrating/)' },
      { text: 'Reference', link: '/plugins' },
    ],
    sidebar,
    outline: { level: [2, 3] },
    search: { provider: 'local', options: { detailedView: true, miniSearch: { searchOptions: SEARCH } } },
    socialLinks: [{ icon: 'github', link: HOME }],
    editLink: { pattern: `${HOME}/edit/main/docs/:path`, text: 'Edit this page' },
    footer: { message: 'Escapement is free software under the MIT licence.' },
  },
});
