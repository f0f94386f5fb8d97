/** The site of the documents: `npm run docs:site` builds it without a network. `docs/*.md` are its only source. */
import { readdirSync } from 'node:fs';
import { defineConfig, type MarkdownRenderer } from 'vitepress';
import { siteLink } from './links.ts';
import { GROUPS, HOME, slug } from './pages.ts';

/** Where the site is mounted: `/` unless the variable says otherwise, as for the pages of a project on GitHub. */
const BASE = process.env['DOCS_BASE'] ?? '/';

const DESCRIPTION =
  'A job scheduler that you embed in a Node.js server. Jobs start on time, however busy the server is, and cannot harm it.';

/** Each decision by its number and title, read from the names of the files. */
function decisions() {
  const folder = new URL('../decisions/', import.meta.url);
  const names = readdirSync(folder).filter((name) => /^\d{4}-.*\.md$/.test(name));
  return names.toSorted().map((name) => {
    const title = name.slice('0000-'.length, -'.md'.length).replaceAll('-', ' ');
    const text = `${Number(name.slice(0, 4))}. ${title.charAt(0).toUpperCase()}${title.slice(1)}`;
    return { text, link: `/decisions/${name.slice(0, -'.md'.length)}` };
  });
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

/** Rewrites the links of a page before VitePress looks for dead ones. */
function rewriteLinks(md: MarkdownRenderer): void {
  md.core.ruler.push('links-of-the-site', ({ tokens, env }) => {
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.type === 'link_open' ? token.attrGet('href') : null;
      if (href !== null) token.attrSet('href', siteLink(env.relativePath ?? '', href));
    }
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
    config: rewriteLinks,
  },
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
    search: { provider: 'local', options: { detailedView: true } },
    socialLinks: [{ icon: 'github', link: HOME }],
    editLink: { pattern: `${HOME}/edit/main/docs/:path`, text: 'Edit this page' },
    footer: { message: 'Escapement is free software under the MIT licence.' },
  },
});
