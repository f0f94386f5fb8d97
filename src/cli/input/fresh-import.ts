import { realpathSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const VERSION = 'escapement-version';

let count = 0;

/**
 * Imports a module anew, with all that it imports by a path: Node.js keeps what it has imported, and knows it by its
 * URL. What was imported before stays in memory, so this is for development.
 * @param url A `file:` URL of a file that is there. If it is a link, Node.js would remember what it led to.
 */
export async function importAnew(url: string): Promise<unknown> {
  if (count === 0)
    registerHooks({ resolve: (specifier, context, next) => versioned(next(specifier, context), context) });
  count += 1;
  const { href } = pathToFileURL(realpathSync(fileURLToPath(url)));
  return import(`${href}?${VERSION}=${count}`);
}

/** The version of a module passes to what it imports, but for packages: those do not change. */
function versioned<T extends { readonly url: string }>(
  resolved: T,
  { parentURL }: { readonly parentURL: string | undefined },
): T {
  const version = parentURL === undefined ? null : versionOf(parentURL);
  if (version === null || !resolved.url.startsWith('file:') || /[?#]|\/node_modules\//.test(resolved.url))
    return resolved;
  return { ...resolved, url: `${resolved.url}?${VERSION}=${version}` };
}

function versionOf(url: string): string | null {
  return URL.canParse(url) ? new URL(url).searchParams.get(VERSION) : null;
}
