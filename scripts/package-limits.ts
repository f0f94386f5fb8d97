/** What a package may be: how large, with how many others, under which licences, and how its types resolve. */
import { globSync, readFileSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';

/** Without maps. Bytes. Up to here npm says "1.2 MB". */
export const MAX_UNPACKED_BYTES = 1_250_000;
/** With all that is installed beside it on this platform, and with maps. Bytes of files. */
export const MAX_INSTALLED_BYTES = 15_000_000;
export const MAX_PACKAGES = 25;
/** Licences that ask for no more than to be told. */
const LICENSES = new Set(['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0']);
/** The package is of modules only, and `require()` takes them in every Node that it runs on. */
const IS_KNOWN = new Set(['CJSResolvesToESM']);
/** Without `exports`, as TypeScript resolved before 4.7: subpaths of a package are not found so. */
const OLD_RESOLUTION = 'node10';

/** A package that is installed: its manifest, and where it is. */
export interface InstalledPackage {
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  readonly license?: unknown;
}

/** The packages in a `node_modules` folder, also those within others. */
export function installedPackages(modules: string): readonly InstalledPackage[] {
  return globSync(['**/package.json'], { cwd: modules })
    .filter((path) => /(?:^|\/node_modules\/)(?:@[^/]+\/)?[^/]+\/package\.json$/.test(path.replaceAll(sep, '/')))
    .filter((path) => !path.split(sep).includes('.bin'))
    .map((path) => {
      const manifest = JSON.parse(readFileSync(join(modules, path), 'utf8')) as Omit<InstalledPackage, 'folder'>;
      return { ...manifest, folder: join(modules, path, '..') };
    });
}

/** The bytes of the files in a folder that `counts` takes. */
export function bytesIn(folder: string, counts: (path: string) => boolean = () => true): number {
  return globSync('**/*', { cwd: folder })
    .filter(counts)
    .map((path) => statSync(join(folder, path)))
    .reduce((sum, stats) => sum + (stats.isFile() ? stats.size : 0), 0);
}

/** What a package weighs. `modules` has it and what it brought along. */
export function weightOf(modules: string, name: string) {
  const unpacked = bytesIn(join(modules, name), (path) => !path.endsWith('.map'));
  return { unpacked, installed: bytesIn(modules), packages: installedPackages(modules) };
}

/** Sentences on what exceeds a limit. */
export function limitProblems(modules: string, name: string): readonly string[] {
  const { unpacked, installed, packages } = weightOf(modules, name);
  return [
    ...above('the package without maps has', unpacked, MAX_UNPACKED_BYTES, 'bytes'),
    ...above('what is installed has', installed, MAX_INSTALLED_BYTES, 'bytes'),
    ...above('to install it takes', packages.length, MAX_PACKAGES, 'packages'),
    ...packages.flatMap(licenseProblem),
  ];
}

function above(what: string, value: number, limit: number, unit: string): string[] {
  if (value <= limit) return [];
  return [`${what} ${value.toLocaleString('en')} ${unit}, and the limit is ${limit.toLocaleString('en')}`];
}

function licenseProblem({ name, version, license }: InstalledPackage): string[] {
  if (typeof license === 'string' && LICENSES.has(license)) return [];
  const said = typeof license === 'string' ? `the licence ${license}` : 'no licence that can be read';
  return [`${name}@${version} has ${said}, and the licences that may come along are ${[...LICENSES].join(', ')}`];
}

/** Sentences on entry points whose types do not say what is there, for each way to resolve them. */
export async function typeProblems(tarball: string): Promise<readonly string[]> {
  const analysis = await checkPackage(createPackageFromTarballData(readFileSync(tarball)));
  if (analysis.types === false) return ['the package has no types'];
  return analysis.problems
    .filter(({ kind }) => !IS_KNOWN.has(kind))
    .filter((problem) => !('resolutionKind' in problem) || problem.resolutionKind !== OLD_RESOLUTION)
    .map((problem) => JSON.stringify(problem));
}
