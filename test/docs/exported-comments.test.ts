import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exportedBy } from '../support/exported-declarations.ts';

const SRC = join(import.meta.dirname, '../../src');
const ENTRIES = ['index.ts', 'plugin.ts', 'console/index.ts', 'testing/index.ts', 'opentelemetry/index.ts'];

describe('the comments of what is exported', () => {
  test.each(ENTRIES)('explain everything in %s, down to the members of interfaces and classes', (entry) => {
    const all = exportedBy(SRC, entry);
    const isExplained = (name: string): boolean => all.some((one) => one.name === name && one.isExplained);
    expect(all.length).toBeGreaterThan(0);
    // Of an overloaded function, one signature is enough.
    expect(all.filter(({ name }) => !isExplained(name)).map(({ file, name }) => `${file}: ${name}`)).toEqual([]);
  });

  test('are seen where they are missing', () => {
    const found = exportedBy(join(import.meta.dirname, '../fixtures/commented'), 'index.ts');
    expect(found.map(({ name, isExplained }) => `${name} ${isExplained}`)).toEqual([
      'Explained true',
      'Explained.explained true',
      'Explained.named true',
      'Explained.silent false',
      'name true',
      'Silent false',
      'Silent.silent false',
    ]);
  });
});
