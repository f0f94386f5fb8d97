import { type Stats, statSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InvalidOptionError } from '../errors.ts';
import { fileOf } from '../wire/failures/file-name.ts';

/** The `file:` URL from which relative modules are found. */
export function baseOf(baseUrl: string | URL | undefined): string {
  if (baseUrl === undefined) return pathToFileURL(`${process.cwd()}/`).href;
  const text = String(baseUrl);
  if (text.startsWith('file:')) return isFolderUrl(text) ? `${text}/` : text;
  if (/^[a-z][a-z+.-]+:/i.test(text))
    throw new InvalidOptionError('baseUrl', `it must be a folder or a file: URL, not "${text}"`);
  // A path may be that of a file, as `__filename` is.
  const path = resolve(text);
  return statOf(path)?.isFile() === true ? pathToFileURL(path).href : pathToFileURL(`${path}/`).href;
}

/** Whether a URL names a folder without the slash that says so. */
function isFolderUrl(url: string): boolean {
  if (url.endsWith('/') || /[?#]/.test(url)) return false;
  return statOf(new URL(url))?.isDirectory() === true;
}

function statOf(place: string | URL): Stats | undefined {
  try {
    return statSync(place);
  } catch {
    // It may be missing, or Node's permission model may forbid to look. The module says so when it is loaded.
    return undefined;
  }
}

/**
 * Makes a path a `file:` URL. The name of a package stays as it is: the thread that loads it resolves it. A TypeScript
 * file that is not there gives way to the JavaScript file of the same name, because a build renames the files and leaves
 * the strings that name them.
 * @throws InvalidOptionError for a module on another machine; it names `option`.
 */
export function locateModule(module: string, baseUrl: string, option: string): string {
  if (/^https?:|^data:/.test(module)) {
    throw new InvalidOptionError(
      option,
      `"${module}" is not on this machine: a module must be a path, a file: URL or a package`,
    );
  }
  if (module.startsWith('file:')) return afterBuild(module);
  if (isAbsolute(module)) return afterBuild(pathToFileURL(module).href);
  if (/^\.\.?[/\\]/.test(module)) return afterBuild(relativeModule(module.replaceAll('\\', '/'), baseUrl));
  return module;
}

/** A file may have what ends the path of a URL, or begins an escape, in its name: `./jobs #1.ts`, `./100%.ts`. */
function relativeModule(path: string, baseUrl: string): string {
  const { href } = new URL(path, baseUrl);
  const named = new URL(path.replaceAll(/[%?#]/g, encodeURIComponent), baseUrl).href;
  if (named === href || isThere(href)) return href;
  return isThere(named) || fileOf(href) === href ? named : href;
}

/** What a build makes of a TypeScript file: bundlers may choose `.mjs` or `.cjs`, so that needs no package.json. */
const BUILT: Readonly<Record<string, readonly string[]>> = {
  '.ts': ['.js', '.mjs', '.cjs'],
  '.mts': ['.mjs'],
  '.cts': ['.cjs'],
};

function afterBuild(href: string): string {
  const [extension = ''] = /\.[cm]?ts$/.exec(href) ?? [];
  const built = BUILT[extension]?.map((other) => `${href.slice(0, -extension.length)}${other}`);
  if (built === undefined || isThere(href)) return href;
  return built.find(isThere) ?? href;
}

function isThere(href: string): boolean {
  return statOf(new URL(href)) !== undefined;
}
