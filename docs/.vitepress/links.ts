/** Links of the pages as GitHub reads them, turned into those of the site. */
import { dirname, join, normalize } from 'node:path/posix';
import { HOME, PAGES } from './pages.ts';

const PATHS: ReadonlySet<string> = new Set(PAGES.map(({ path }) => path));

/**
 * What the site has in place of a link in a page of `docs/`. A target that the site does not have (sources, examples,
 * `SECURITY.md`) is linked at the project's home.
 */
export function siteLink(page: string, target: string): string {
  if (/^([a-z][a-z+.-]*:|\/|#)/i.test(target)) return target;
  const [path = '', fragment] = target.split('#');
  const inRepository = normalize(join('docs', dirname(page), path));
  if (isOfSite(inRepository)) return target;
  const anchor = fragment === undefined ? '' : `#${fragment}`;
  if (inRepository === 'docs/decisions') return `${relativeRoot(page)}decisions/${anchor}`;
  return `${HOME}/blob/main/${inRepository}${anchor}`;
}

function isOfSite(path: string): boolean {
  if (!path.startsWith('docs/')) return false;
  const inDocs = path.slice('docs/'.length);
  return !inDocs.endsWith('.md')
    ? /\.(svg|png|webp)$/.test(inDocs)
    : PATHS.has(inDocs.slice(0, -'.md'.length)) || /^decisions\/\d{4}-/.test(inDocs);
}

function relativeRoot(page: string): string {
  return '../'.repeat(page.split('/').length - 1) || './';
}

const PICTURE = /<picture>\s*<source[^>]*srcset="([^"]+)"[^>]*>\s*<img alt="([^"]*)" src="([^"]+)">\s*<\/picture>/g;

/**
 * A picture in two colours. On GitHub the browser's preference chooses between them; on the site the reader may have
 * chosen otherwise, so that both are there and the style shows one.
 */
export function inBothColours(html: string): string {
  return html.replace(PICTURE, (_whole, dark: string, alt: string, light: string) =>
    [`<img class="light-only" alt="${alt}" src="${light}">`, `<img class="dark-only" alt="${alt}" src="${dark}">`].join(
      '\n',
    ),
  );
}
