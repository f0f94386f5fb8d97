import { isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InvalidOptionError } from '../errors.ts';

/** The `file:` URL from which relative modules are found. */
export function baseOf(baseUrl: string | URL | undefined): string {
  if (baseUrl === undefined) return pathToFileURL(`${process.cwd()}/`).href;
  const text = String(baseUrl);
  if (text.startsWith('file:')) return text;
  if (/^[a-z][a-z+.-]+:/i.test(text))
    throw new InvalidOptionError('baseUrl', `it must be a folder or a file: URL, not "${text}"`);
  return pathToFileURL(`${resolve(text)}/`).href;
}

/**
 * Makes a path a `file:` URL. The name of a package stays as it is: the thread that loads it resolves it.
 * @throws InvalidOptionError for a module on another machine; it names `option`.
 */
export function locateModule(module: string, baseUrl: string, option: string): string {
  if (/^https?:|^data:/.test(module)) {
    throw new InvalidOptionError(
      option,
      `"${module}" is not on this machine: a module must be a path, a file: URL or a package`,
    );
  }
  if (module.startsWith('file:')) return module;
  if (isAbsolute(module)) return pathToFileURL(module).href;
  if (/^\.\.?[/\\]/.test(module)) return new URL(module.replaceAll('\\', '/'), baseUrl).href;
  return module;
}
