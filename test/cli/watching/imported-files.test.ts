import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { importedFiles } from '../../../src/cli/watching/imported-files.ts';
import { temporaryFolder } from '../../support/scheduler-harness.ts';

/** What `plugin.ts` imports, with these files beside it. */
function importsOf(sources: Readonly<Record<string, string>>): string[] {
  const folder = realpathSync(temporaryFolder());
  for (const [path, source] of Object.entries(sources)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), source);
  }
  return importedFiles(join(folder, 'plugin.ts')).map((path) => path.slice(folder.length + 1));
}

test('follows imports by a path, of every kind, and no packages', () => {
  const source = `import a from './a.ts'; import './b.ts'; export * from './x/c.ts';
    const d = await import('./d.ts'); const e = require("./e.cjs"); import pg from 'pg'; import fs from 'node:fs';
    import type { F } from './node_modules/f.ts';`;
  const files = importsOf({ 'plugin.ts': source, 'a.ts': `export { g } from './g.js';`, 'g.ts': '' });
  expect(files).toEqual(['plugin.ts', 'a.ts', 'b.ts', join('x', 'c.ts'), 'd.ts', 'e.cjs', 'g.ts']);
});

test('finds files without an ending, and those of a folder', () => {
  expect(importsOf({ 'plugin.ts': `import './a'; import './b';`, 'a.mts': '', 'b/index.js': '' })).toEqual([
    'plugin.ts',
    'a.mts',
    join('b', 'index.js'),
  ]);
});

test('finds files whose names have a quote', () => {
  expect(importsOf({ 'plugin.ts': `import "./it's.ts"; import './a "b".ts'; import x from 'x'` })).toEqual([
    'plugin.ts',
    "it's.ts",
    'a "b".ts',
  ]);
});

test('comes to an end in a circle, and without the file', () => {
  expect(importsOf({ 'plugin.ts': `import './a.ts';`, 'a.ts': `import './plugin.ts';` })).toEqual([
    'plugin.ts',
    'a.ts',
  ]);
  expect(importsOf({})).toEqual(['plugin.ts']);
});
