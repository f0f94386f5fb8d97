import { existsSync, realpathSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import util from 'node:util';

/**
 * The URL of a thread's entry file. `path` is relative to `src` and has no extension: `workers/run-entry`. A compiler
 * rewrites the extensions of imports but not those of URLs, so this takes the extension that this file itself has.
 */
export function threadEntryUrl(path: string): URL {
  return entryUrl(path, { ts: '.ts', js: '.js' });
}

/** The same for an entry that is CommonJS. */
export function commonJsEntryUrl(path: string): URL {
  return entryUrl(path, { ts: '.cts', js: '.cjs' });
}

/**
 * The file into which a bundler has put this code, or null if it is where it belongs. From a bundle no thread can start,
 * because the entries of the threads are not beside it. It may seem to work where it was built: webpack and Turbopack
 * write the present URL of a source into the bundle, in place of `import.meta.url`.
 */
export function bundledInto(): string | null {
  const own = fileOf(ownUrl());
  const [site] = util.getCallSites?.(1, { sourceMap: false }) ?? [];
  const running = fileOf(site?.scriptName);
  if (own === null) return running ?? 'a file that is not known';
  if (running !== null && running !== own) return running;
  return existsSync(threadEntryUrl('supervisor/supervisor-entry')) ? null : own;
}

function entryUrl(path: string, extensions: { readonly ts: string; readonly js: string }): URL {
  // A URL that is relative to a literal `import.meta.url` would tell webpack to copy all files of the package.
  const base = ownUrl() ?? '';
  return new URL(`../${path}${base.endsWith('.ts') ? extensions.ts : extensions.js}`, base);
}

/** A bundle in CommonJS has none. */
function ownUrl(): string | undefined {
  return import.meta.url;
}

/** The path of an existing file, without links. Null for anything else, such as what `eval()` made. */
function fileOf(script: string | undefined): string | null {
  if (script === undefined) return null;
  try {
    const isUrl = script.startsWith('file:');
    return isUrl || isAbsolute(script) ? realpathSync(isUrl ? fileURLToPath(script) : script) : null;
  } catch {
    return null;
  }
}
