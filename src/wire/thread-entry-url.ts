const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';

/**
 * The URL of a thread's entry file, named by its path in `src` without the extension: `workers/run-entry`. Compilers
 * rewrite import specifiers and not URLs, and the sources run as they are: so the extension is that of this file.
 */
export function threadEntryUrl(path: string): URL {
  return new URL(`../${path}${extension}`, import.meta.url);
}
