import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { baseOf, locateModule } from '../../src/host/locate-module.ts';

describe('the base of relative modules', () => {
  test.each([
    ['file:///app/main.js', 'file:///app/main.js'],
    [new URL('file:///app/main.js'), 'file:///app/main.js'],
    ['/app', 'file:///app/'],
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
