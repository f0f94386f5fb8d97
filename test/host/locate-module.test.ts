import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { baseOf, locateModule } from '../../src/host/locate-module.ts';
import { temporaryFolder } from '../support/scheduler-harness.ts';

describe('the base of relative modules', () => {
  test.each([
    ['file:///app/main.js', 'file:///app/main.js'],
    [new URL('file:///app/main.js'), 'file:///app/main.js'],
    ['/app', 'file:///app/'],
    [import.meta.filename, import.meta.url],
    [new URL('.', import.meta.url).href.slice(0, -1), new URL('.', import.meta.url).href],
    [undefined, pathToFileURL(`${process.cwd()}/`).href],
  ])('of %s is %s', (given, base) => {
    expect(baseOf(given)).toBe(base);
  });

  test('must be on this machine', () => {
    expect(() => baseOf('https://example.com/')).toThrow(
      'Option "baseUrl" is invalid: it must be a folder or a file: URL, not "https://example.com/".',
    );
  });
});

describe('a module', () => {
  test.each([
    ['./plugin.js', 'file:///app/plugin.js'],
    ['..\\plugin.js', 'file:///plugin.js'],
    ['/elsewhere/plugin.js', 'file:///elsewhere/plugin.js'],
    ['file:///elsewhere/plugin.js', 'file:///elsewhere/plugin.js'],
    ['@scope/package', '@scope/package'],
  ])('named %s is %s', (named, located) => {
    expect(locateModule(named, 'file:///app/main.js', 'plugins')).toBe(located);
  });

  test('must be on this machine', () => {
    expect(() => locateModule('https://example.com/lock.js', 'file:///app/main.js', 'locking')).toThrow(
      'Option "locking" is invalid: "https://example.com/lock.js" is not on this machine',
    );
  });
});

describe('a relative module whose name has a character of URLs', () => {
  test.each(['a#b.js', 'a?b.js', 'a%20b.js'])('is found by its name: %s', (name) => {
    const folder = temporaryFolder();
    const { href } = pathToFileURL(join(folder, name));
    expect(locateModule(`./${name}`, pathToFileURL(`${folder}/`).href, 'plugins')).not.toBe(href);
    writeFileSync(join(folder, name), '');
    expect(locateModule(`./${name}`, pathToFileURL(`${folder}/`).href, 'plugins')).toBe(href);
  });

  test('is never a URL that names no path', () => {
    expect(locateModule('./100%.js', 'file:///app/', 'plugins')).toBe('file:///app/100%25.js');
  });

  test('is a URL if a file is there by that', () => {
    const folder = temporaryFolder();
    for (const name of ['a.js', 'a.js?tenant=1', 'a b.js', 'a%20b.js']) writeFileSync(join(folder, name), '');
    const base = pathToFileURL(`${folder}/`).href;
    expect(locateModule('./a.js?tenant=1', base, 'plugins')).toBe(`${base}a.js?tenant=1`);
    expect(locateModule('./a%20b.js', base, 'plugins')).toBe(`${base}a%20b.js`);
  });
});

describe('a TypeScript module after a build', () => {
  const located = (named: string, ...files: string[]) => {
    const folder = temporaryFolder();
    for (const file of files) writeFileSync(join(folder, file), '');
    const base = pathToFileURL(`${folder}/`).href;
    return locateModule(named.replace('FOLDER', folder), base, 'plugins').slice(base.length);
  };

  test.each([
    ['./a.ts', ['a.js'], 'a.js'],
    ['./a.ts', ['a.mjs'], 'a.mjs'],
    ['./a.ts', ['a.cjs'], 'a.cjs'],
    ['./a.mts', ['a.js', 'a.mjs'], 'a.mjs'],
    ['FOLDER/a.cts', ['a.cjs'], 'a.cjs'],
    ['file://FOLDER/a.ts', ['a.js'], 'a.js'],
  ])('named %s is found among %j', (named, files, found) => {
    expect(located(named, ...files)).toBe(found);
  });

  test('stays what it is if it is there, or nothing is', () => {
    expect(located('./a.ts', 'a.ts', 'a.js')).toBe('a.ts');
    expect(located('./a.ts', 'b.js')).toBe('a.ts');
    expect(located('./a.js', 'a.ts')).toBe('a.js');
  });
});
