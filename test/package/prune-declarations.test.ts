import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pruneDeclarations } from '../../scripts/prune-declarations.ts';
import { temporaryFolder } from '../support/scheduler-harness.ts';

/** The files that are left, of those that are given, with `index` as the entry. */
function pruned(files: Readonly<Record<string, string>>): Record<string, string> {
  const folder = temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  pruneDeclarations(folder, ['index']);
  const left = Object.keys(files).filter((path) => existsSync(join(folder, path)));
  return Object.fromEntries(left.map((path) => [path, readFileSync(join(folder, path), 'utf8')]));
}

describe('the declarations of the package', () => {
  test('are what the entry exports, with its comments and what it is made of', () => {
    const left = pruned({
      'index.d.ts': "export { type A } from './inner/a.ts';\n",
      'inner/a.d.ts': [
        "import type { B, Unused } from '../b.ts';",
        '/** Of a kind. */',
        'export interface A extends B {',
        '    /** In it. */',
        "    readonly c: import('../c.ts').C;",
        '}',
        '/** Of another. */',
        'export interface Other extends Unused {',
        '}',
        '',
      ].join('\n'),
      'b.d.ts': 'export type B = Private;\ntype Private = {};\nexport interface Unused {\n}\n',
      'c.d.ts': "export * from './d.ts';\n",
      'd.d.ts': 'export declare class C {\n    #private;\n}\n',
      'e.d.ts': 'export declare const e = 1;\n',
    });
    expect(left).toEqual({
      'index.d.ts': "export { type A } from './inner/a.js';\n",
      'inner/a.d.ts': [
        "import type { B } from '../b.js';",
        '/** Of a kind. */',
        'export interface A extends B {',
        '\t/** In it. */',
        "\treadonly c: import('../c.js').C;",
        '}',
        '',
      ].join('\n'),
      'b.d.ts': 'export type B = Private;\ntype Private = {};\nexport {};\n',
      'c.d.ts': "export * from './d.js';\n",
      'd.d.ts': 'export declare class C {\n\t#private;\n}\n',
    });
  });

  test('follow names that are renamed, overloaded, imported as a whole or passed on twice', () => {
    const left = pruned({
      'index.d.ts':
        "import * as all from './all.ts';\nexport { start as default } from './passing.ts';\nexport { all };\n",
      'passing.d.ts': "export { go as start, stop } from './going.ts';\n",
      'going.d.ts':
        'export declare function go(): void;\nexport declare function go(to: string): void;\nexport declare function stop(): void;\n',
      'all.d.ts': "export * from 'elsewhere';\nexport declare const one = 1;\n",
    });
    expect(left).toEqual({
      'index.d.ts':
        "import * as all from './all.js';\nexport { start as default } from './passing.js';\nexport { all };\n",
      'passing.d.ts': "export { go as start } from './going.js';\n",
      'going.d.ts': 'export declare function go(): void;\nexport declare function go(to: string): void;\n',
      'all.d.ts': "export * from 'elsewhere';\nexport declare const one = 1;\n",
    });
  });
});
