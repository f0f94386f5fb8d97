/** The package as it is installed: built, in the `node_modules` of a project. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const MODULES = join(ROOT, 'node_modules');

/**
 * Builds the package into the `node_modules` of a folder, where all projects below it find it. Takes some seconds: do it
 * once in a file.
 * @param beside Packages of this repository to link there, too.
 * @returns The first file of the command line.
 */
export function installBuilt(folder: string, beside: readonly string[] = []): string {
  const installed = join(folder, 'node_modules/escapement');
  mkdirSync(installed, { recursive: true });
  execFileSync(process.execPath, [join(ROOT, 'scripts/build.ts'), join(installed, 'dist')], {
    cwd: ROOT,
    stdio: 'pipe',
  });
  cpSync(join(ROOT, 'package.json'), join(installed, 'package.json'));
  symlinkSync(MODULES, join(installed, 'node_modules'), 'dir');
  for (const name of beside) {
    const link = join(folder, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(MODULES, name), link, 'dir');
  }
  return join(installed, 'dist/cli/main.js');
}
