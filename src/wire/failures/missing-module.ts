/**
 * What Node says of an import that leads nowhere, taken apart. The name of a file may have quotes, line breaks and the
 * words of the message in it, so the message is read last: Node also puts the file's URL beside it.
 */
import { dirname, join } from 'node:path';
import { types } from 'node:util';
import type { ErrorRecord } from '../../machines/run.ts';
import { chainOf, propertyOf } from '../property-chain.ts';
import { fileOf } from './file-name.ts';
import { isThere } from './nearby-file.ts';

/** An import that leads nowhere. */
export interface MissingModule {
  /** The path of a file, or the name of a package. */
  readonly name: string;
  /** The file that imports it, as a path or a `file:` URL; undefined if Node does not say it. */
  readonly importer?: string | undefined;
  /** The file that was meant, if a `#` or a `?` of its name ended the path. */
  readonly cutFrom?: string | undefined;
}

const SUGGESTION = /\nDid you mean to import [\s\S]*$/;
const BY_IMPORT = /^Cannot find (?:module|package) '(?<name>.*?)' imported from (?<importer>.*)$/s;
const BY_REQUIRE = /^Cannot find module '(?<name>.*?)'(?:\nRequire stack:\n- (?<importer>.*?)(?:\n- .*)?)?$/s;

/** Null if the message is not one of Node's. @param record That of what was thrown. */
export function missingModule(thrown: unknown, { message, code }: ErrorRecord): MissingModule | null {
  const url = urlOf(thrown);
  const said = message.replace(SUGGESTION, '');
  if (url !== undefined) {
    const name = fileOf(url);
    const before = `Cannot find module '${name}' imported from `;
    const importer = said.startsWith(before) ? said.slice(before.length) : undefined;
    return { name, importer, cutFrom: cutFrom(name, url) };
  }
  const { name, importer } = (code === 'MODULE_NOT_FOUND' ? BY_REQUIRE : BY_IMPORT).exec(said)?.groups ?? {};
  if (name === undefined) return null;
  // `require` says what it was given.
  const isRelative = /^\.\.?[/\\]/.test(name) && importer !== undefined;
  return { name: isRelative ? join(dirname(importer), name) : fileOf(name), importer };
}

/** The `url` that Node gives some of its errors about modules. */
export function urlOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || types.isProxy(thrown)) return undefined;
  const url = propertyOf(chainOf(thrown), 'url');
  return url.kind === 'data' && typeof url.value === 'string' && URL.canParse(url.value) ? url.value : undefined;
}

function cutFrom(name: string, url: string): string | undefined {
  const { search, hash } = new URL(url);
  const whole = name + decoded(search + hash);
  return whole !== name && isThere(whole) ? whole : undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
