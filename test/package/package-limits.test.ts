import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { limitProblems, MAX_INSTALLED_BYTES, MAX_PACKAGES, MAX_UNPACKED_BYTES } from '../../scripts/package-limits.ts';
import { temporaryFolder } from '../support/scheduler-harness.ts';

function addPackage(modules: string, name: string, license: unknown = 'MIT'): void {
  mkdirSync(join(modules, name), { recursive: true });
  writeFileSync(join(modules, name, 'package.json'), JSON.stringify({ name, version: '1.0.0', license }));
}

/** A file of that size that takes no room. */
function addFile(path: string, bytes: number): void {
  writeFileSync(path, '');
  truncateSync(path, bytes);
}

describe('the limits of the package', () => {
  test('are kept by a small one, whatever its maps weigh', () => {
    const modules = temporaryFolder();
    addPackage(modules, 'ours');
    addPackage(modules, '@scope/other', 'ISC');
    addFile(join(modules, 'ours/index.js'), MAX_UNPACKED_BYTES - 1_000);
    addFile(join(modules, 'ours/index.js.map'), MAX_UNPACKED_BYTES);
    expect(limitProblems(modules, 'ours')).toEqual([]);
  });

  test('count bytes, packages and licences', () => {
    const modules = temporaryFolder();
    addPackage(modules, 'ours');
    addFile(join(modules, 'ours/index.js'), MAX_INSTALLED_BYTES);
    for (let index = 0; index < MAX_PACKAGES - 3; index += 1) addPackage(modules, `other-${index}`);
    addPackage(modules, 'zealous', 'GPL-3.0');
    addPackage(modules, 'ours/node_modules/@scope/within');
    addPackage(modules, 'unsaid', { type: 'MIT' });
    expect(limitProblems(modules, 'ours').toSorted()).toEqual([
      expect.stringMatching(/^the package without maps has 15,000,\d+ bytes, and the limit is 1,250,000$/),
      'to install it takes 26 packages, and the limit is 25',
      expect.stringMatching(/^unsaid@1\.0\.0 has no licence that can be read, and/),
      expect.stringMatching(/^what is installed has 15,00\d,\d+ bytes, and the limit is 15,000,000$/),
      expect.stringMatching(/^zealous@1\.0\.0 has the licence GPL-3\.0, and/),
    ]);
  });
});
