const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';

/**
 * The URL of a thread's entry file. `path` is relative to `src` and has no extension: `workers/run-entry`. A compiler
 * rewrites the extensions of imports but not those of URLs, so this takes the extension that this file itself has.
 */
export function threadEntryUrl(path: string): URL {
  return new URL(`../${path}${extension}`, import.meta.url);
}

/** The same for an entry that is CommonJS. */
export function commonJsEntryUrl(path: string): URL {
  return new URL(`../${path}${extension === '.ts' ? '.cts' : '.cjs'}`, import.meta.url);
}
