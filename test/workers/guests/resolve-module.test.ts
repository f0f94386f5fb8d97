import { expect, test } from 'vitest';
import { resolveModule } from '../../../src/workers/guests/resolve-module.ts';

test('a file URL is its own address, a package is found from the parent', () => {
  expect(resolveModule('file:///a/b.ts', 'file:///c/d.ts')).toBe('file:///a/b.ts');
  expect(() => resolveModule('no-such-package', 'file:///c/d.ts')).toThrow("Cannot find package 'no-such-package'");
});
