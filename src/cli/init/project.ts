/** Looks at a project, so that `escapement init` has nothing to ask. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isFolder, isThere } from '../../wire/failures/nearby-file.ts';
import { CONFIG_FILES } from '../input/find-config.ts';
import { CommandError, UsageError } from '../input/usage-error.ts';
import { type JestUse, jestUse } from './jest.ts';
import { type PackageManager, packageManagerOf } from './package-manager.ts';
import { type PackageManifest, readManifest, textOf } from './package-manifest.ts';
import { systemReason } from './system-reason.ts';

/**
 * What a plugin's test is written for. `node` is the runner of Node.js beside another one that does not load ES modules
 * as they are, or that nobody here knows: its file must not look like a test of that one.
 */
export type Runner = 'node:test' | 'vitest' | 'jest' | 'node';

/** What somebody who knows the project would answer. */
export interface Project {
  readonly folder: string;
  readonly manifest: PackageManifest;
  readonly manager: PackageManager;
  readonly language: 'TypeScript' | 'JavaScript';
  /** Whether files that end in `.js` and `.ts` are ES modules, or nothing speaks against making them so. */
  readonly isEsm: boolean;
  /** Whether `package.json` has to say so first. */
  readonly needsType: boolean;
  readonly runner: Runner;
  /** How jest runs the plugin's test, where that is written for `node:test`. Null if the project does not use jest. */
  readonly jest: JestUse | null;
  /** Where sources are, with a slash at the end; empty for the folder itself. */
  readonly sources: string;
  /** Null if there is no `tsconfig.json`. */
  readonly compiler: Compiler | null;
  /** The name of its configuration file of Escapement; undefined if it has none. */
  readonly config: string | undefined;
}

/** What the compiler of a project accepts. */
interface Compiler {
  /** Whether an import may end in `.ts`. */
  readonly allowsTsImports: boolean;
  /** Whether it knows the modules of Node.js. */
  readonly knowsNode: boolean;
}

const SOURCE_FILE = /\.[cm]?[jt]sx?$/;
const TYPED_FILE = /(?<!\.d)\.[cm]?tsx?$/;
/** What a folder may have in which no module would change its kind. A hidden file may be a module: `.eslintrc.js`. */
const SAYS_NOTHING =
  /^(?:package\.json|package-lock\.json|pnpm-lock\.yaml|yarn\.lock|bun\.lockb?|tsconfig\.json|node_modules|readme.*|licen[cs]e.*|\.(?!.*\.[jt]s$).*)$/i;
/** In ES modules of such a project, the compiler would write what Node.js then takes for CommonJS. */
const COMPILES_TO_COMMON_JS = /^\s*"module"\s*:\s*"commonjs"/im;
const OTHER_RUNNERS = ['mocha', 'ava', 'tap', 'jasmine', 'uvu', '@japa/runner', 'qunit'];

/** @param language What the user has chosen, if anything. @throws UsageError @throws CommandError if its files are broken */
export function lookAt(folder: string, language?: Project['language']): Project {
  checkFolder(folder);
  const manifest = readManifest(folder);
  const files = ['', 'src', 'lib'].flatMap((each) => sourceFilesIn(join(folder, each)));
  const isBare =
    manifest.type === undefined &&
    namesIn(folder).every((name) => SAYS_NOTHING.test(name)) &&
    !COMPILES_TO_COMMON_JS.test(textOf(join(folder, 'tsconfig.json')) ?? '');
  const compiler = compilerOf(folder, manifest);
  const spoken = language ?? languageOf(files, manifest, compiler !== null);
  const isEsm = manifest.type === 'module' || isBare;
  const runner = runnerOf(manifest, spoken, isEsm);
  return {
    folder,
    manifest,
    manager: packageManagerOf(folder, manifest),
    language: spoken,
    isEsm,
    needsType: isBare,
    runner,
    jest: runner === 'node' ? jestUse(folder, manifest) : null,
    sources: isFolder(join(folder, 'src')) ? 'src/' : '',
    compiler,
    config: CONFIG_FILES.find((name) => existsSync(join(folder, name))),
  };
}

/** It is a folder, or one can be made there as far as that is known before. @throws UsageError @throws CommandError */
function checkFolder(folder: string): void {
  let place = folder;
  while (!isThere(place) && dirname(place) !== place) place = dirname(place);
  if (isFolder(place) || !isThere(place)) return;
  const what = `"${place}" is not a folder`;
  throw new UsageError(place === folder ? `${what}.` : `"${folder}" cannot be a folder, because ${what}.`);
}

/** A folder with nothing in it gets TypeScript, because Node.js runs it as it is. */
function languageOf(
  files: readonly string[],
  { dependencies }: PackageManifest,
  hasCompiler: boolean,
): Project['language'] {
  const isTyped = hasCompiler || dependencies.has('typescript') || files.some((name) => TYPED_FILE.test(name));
  return isTyped || files.length === 0 ? 'TypeScript' : 'JavaScript';
}

function runnerOf(
  { dependencies, scripts: { test = '' } }: PackageManifest,
  language: Project['language'],
  isEsm: boolean,
): Runner {
  if (dependencies.has('vitest') || /\bvitest\b/.test(test)) return 'vitest';
  if (dependencies.has('jest') || /\bjest\b/.test(test))
    return /experimental-vm-modules/.test(test) && language === 'JavaScript' && isEsm ? 'jest' : 'node';
  const hasOther = OTHER_RUNNERS.some((name) => dependencies.has(name)) && !/\bnode\b.* --test\b/.test(test);
  return hasOther ? 'node' : 'node:test';
}

function compilerOf(folder: string, { dependencies }: PackageManifest): Compiler | null {
  const text = textOf(join(folder, 'tsconfig.json'));
  if (text === null) return null;
  // A setting that stands in a comment, or in a file that this one extends, is not worth a parser: if this is wrong, the
  // test is written in JavaScript, or its import is not.
  const allowsTsImports = /"(?:allowImportingTsExtensions|rewriteRelativeImportExtensions)"\s*:\s*true/.test(text);
  return { allowsTsImports, knowsNode: dependencies.has('@types/node') };
}

/** Files of the user: what configures tools says nothing about the project's own modules. */
function sourceFilesIn(folder: string): string[] {
  return namesIn(folder).filter((name) => SOURCE_FILE.test(name) && !/\.config\.|^\./.test(name));
}

/** A folder that is not there yet is empty. @throws CommandError if it cannot be read */
function namesIn(folder: string): string[] {
  if (!isFolder(folder)) return [];
  try {
    return readdirSync(folder);
  } catch (error) {
    const message = `${folder} cannot be read, so nothing was written: ${systemReason(error)}.`;
    throw new CommandError(message, { cause: error });
  }
}
