import { describe, expect, test } from 'vitest';
import { resolveModule } from '../../../src/workers/guests/resolve-module.ts';

describe('a module', () => {
  test('that is named by a file URL resolves to that URL', () => {
    expect(resolveModule('file:///a/b.ts', 'file:///c/d.ts')).toBe('file:///a/b.ts');
  });

  test('that is named as a package is searched from the parent', () => {
    expect(resolveModule('vitest', import.meta.url)).toMatch(/^file:.*\/node_modules\/vitest\//);
    expect(() => resolveModule('no-such-package', 'file:///c/d.ts')).toThrow("Cannot find package 'no-such-package'");
  });
});
