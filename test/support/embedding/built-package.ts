/** The package as it is published, in a folder where programs find it as their dependency. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, realpath, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '../../..');
/** What a build reads. The `dist` of the repository may be old, or in use by other tests. */
const SOURCES = ['src', 'scripts', 'package.json', 'tsconfig.json', 'tsconfig.build.json'];

export class BuiltPackage {
  /** A program in this folder, or below it, can import `escapement` and what is installed in the repository. */
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async build(): Promise<BuiltPackage> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'escapement-built-')));
    const source = join(folder, 'source');
    await mkdir(source);
    for (const name of SOURCES) await cp(join(ROOT, name), join(source, name), { recursive: true });
    await symlink(await realpath(join(ROOT, 'node_modules')), join(source, 'node_modules'));
    await promisify(execFile)(process.execPath, [join(source, 'scripts/build.ts')], { cwd: source });
    const modules = join(folder, 'node_modules');
    await linkModules(await realpath(join(ROOT, 'node_modules')), modules);
    await mkdir(join(modules, 'escapement'));
    for (const name of ['dist', 'package.json']) await rename(join(source, name), join(modules, 'escapement', name));
    await rm(source, { recursive: true });
    return new BuiltPackage(folder);
  }

  /** Copies a folder of the repository to where the package is found, and resolves to its path. */
  async copy(path: string, name: string): Promise<string> {
    const place = join(this.folder, name);
    await cp(join(ROOT, path), place, { recursive: true });
    return place;
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function linkModules(from: string, to: string): Promise<void> {
  await mkdir(to);
  for (const name of await readdir(from)) if (name !== '.bin') await symlink(join(from, name), join(to, name));
}
