/**
 * How the test of a plugin gets into the tests of jest. Jest loads modules in its own way, in which ES modules work only
 * behind a flag, and TypeScript only with a transformer. So a small test of jest starts Node.js, which runs the test of
 * the plugin. It has to be found by jest: as soon as a project says which tests it has, that is not guessed.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type PackageManifest, textOf } from './package-manifest.ts';

export type JestUse =
  /** A test of jest starts that of the plugin. `form` is how a `.js` file gets what it needs. */
  | { readonly kind: 'starts it'; readonly form: 'require' | 'import' }
  /** `why` follows "because". */
  | { readonly kind: 'leaves it'; readonly why: string };

/** What npm writes for a package without tests. */
export const NO_TEST = 'echo "Error: no test specified" && exit 1';
const CONFIG_FILES = ['js', 'ts', 'mjs', 'cjs', 'mts', 'cts', 'json'].map((ending) => `jest.config.${ending}`);
/** Settings by which a test of the usual name may not be found, or has no `test()`. */
const CHOOSES = ['testMatch', 'testRegex', 'roots', 'rootDir', 'projects', 'testPathIgnorePatterns', 'injectGlobals'];
const CHOICE = new RegExp(`\\b(?:${CHOOSES.join('|')})\\b`);
/** Jest as a script starts it, with options by which it finds all tests. Node.js and variables may stand before it. */
const FINDS_ALL =
  /^(?:(?:cross-env|node|npx|[A-Z_]+=\S*|--[\w-]+(?:=\S+)?|\S*node_modules\/\S*) )*(?:\S*[/\\])?jest(?:\.js)?(?: (?:-i|--(?:ci|coverage|runInBand|verbose|silent|bail|colors?|forceExit|detectOpenHandles|no-cache|passWithNoTests|maxWorkers=\S+|logHeapUsage)))*$/;
const MODULES_FLAG = /experimental-vm-modules/;

/** Null if jest is not the project's runner. */
export function jestUse(folder: string, manifest: PackageManifest): JestUse | null {
  const { dependencies, scripts, type } = manifest;
  const script = scripts['test'] ?? NO_TEST;
  if (!dependencies.has('jest') && !/\bjest\b/.test(script)) return null;
  if (script !== NO_TEST && !FINDS_ALL.test(script.trim()))
    return { kind: 'leaves it', why: 'the script "test" is more than jest, or says which tests it has' };
  const chooser = chooserOf(folder, manifest);
  if (chooser !== null) return { kind: 'leaves it', why: `${chooser} decides what is a test of jest` };
  // Jest takes a `.js` file for what its package says only if the flag is there.
  const isModule = type === 'module' && MODULES_FLAG.test(script);
  return { kind: 'starts it', form: isModule ? 'import' : 'require' };
}

/** A setting that chooses tests, with where it is: `testMatch in jest.config.js`. */
function chooserOf(folder: string, { jest }: PackageManifest): string | null {
  const path = CONFIG_FILES.find((name) => existsSync(join(folder, name)));
  const text = path === undefined ? JSON.stringify(jest ?? {}) : (textOf(join(folder, path)) ?? '');
  const [setting] = CHOICE.exec(withoutComments(text)) ?? [];
  return setting === undefined ? null : `${setting} in ${path ?? 'package.json'}`;
}

/** The file that `jest --init` writes has every setting in a comment. */
function withoutComments(text: string): string {
  return text.replaceAll(/^\s*\/\/.*$/gm, '');
}
