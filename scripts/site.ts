/**
 * Builds the site of the documents into docs/.vitepress/dist, without a network, and looks whether it holds together:
 * every link and every anchor leads somewhere, every page can be found, and nothing is loaded from elsewhere.
 */
import { globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vitepress';
import { PAGES } from '../docs/.vitepress/pages.ts';

const ROOT = fileURLToPath(new URL('../docs', import.meta.url));
const OUT = join(ROOT, '.vitepress', 'dist');
/** Where the site is mounted, as docs/.vitepress/config.ts reads it. */
const BASE = process.env['DOCS_BASE'] ?? '/';

const isFile = (path: string): boolean => statSync(join(OUT, path), { throwIfNoEntry: false })?.isFile() ?? false;

function anchorsOf(html: string): ReadonlySet<string> {
  return new Set([...html.matchAll(/\sid="([^"]+)"/g)].map(([, id = '']) => decodeEntities(id)));
}

function decodeEntities(text: string): string {
  return text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&');
}

/** Why a link of a page leads nowhere, or `null`. */
function brokenLink(page: string, href: string, pages: ReadonlyMap<string, string>): string | null {
  if (/^[a-z][a-z+.-]*:/i.test(href)) return null;
  const [path = '', fragment = ''] = decodeURI(decodeEntities(href)).split('#');
  const within = path.startsWith(BASE) ? path.slice(BASE.length) : posix.join(posix.dirname(page), path);
  const candidates = path === '' ? [page] : [within, `${within}.html`, posix.join(within, 'index.html')];
  const target = candidates.find(isFile);
  if (target === undefined) return `${page}: nothing is at ${href}`;
  const html = pages.get(target);
  if (fragment === '' || html === undefined || anchorsOf(html).has(fragment)) return null;
  return `${page}: ${target} has no heading #${fragment}`;
}

function problemsOf(page: string, pages: ReadonlyMap<string, string>): string[] {
  const html = pages.get(page) ?? '';
  const links = [...html.matchAll(/<a\s[^>]*?href="([^"]+)"/g)].flatMap(([, href = '']) => {
    const problem = brokenLink(page, href, pages);
    return problem === null ? [] : [problem];
  });
  const loaded = [...html.matchAll(/<(?:script|img|link|iframe)\s[^>]*?(?:src|href)="(https?:)?\/\/[^"]+"/g)];
  return [...links, ...loaded.map(([tag]) => `${page} loads something from elsewhere: ${tag}`)];
}

await build(ROOT, { outDir: OUT });

const pages = new Map(globSync('**/*.html', { cwd: OUT }).map((page) => [page, readFileSync(join(OUT, page), 'utf8')]));
const index = globSync('assets/chunks/*localSearchIndex*.js', { cwd: OUT }).map((name) =>
  readFileSync(join(OUT, name), 'utf8'),
);
const missing = PAGES.map(({ path }) => path.replace(/README$/, 'index')).flatMap((path) => [
  ...(pages.has(`${path}.html`) ? [] : [`${path} is no page of the site`]),
  ...(index.some((text) => text.includes(path.replace(/index$/, ''))) ? [] : [`${path} is not found by the search`]),
]);
const lists = ['llms.txt', 'llms-full.txt'].filter((name) => !isFile(name)).map((name) => `${name} is missing`);
const problems = [...missing, ...lists, ...[...pages.keys()].flatMap((page) => problemsOf(page, pages))];
for (const problem of new Set(problems)) console.error(problem);
console.log(`${pages.size} pages in ${dirname(OUT)}/dist, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
