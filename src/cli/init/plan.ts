/** Decides what `escapement init` writes into a project. Nothing is written here. */
import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { isFolder } from '../../wire/failures/nearby-file.ts';
import { NO_TEST } from './jest.ts';
import { withText } from './json-text.ts';
import { textOf } from './package-manifest.ts';
import type { Project } from './project.ts';
import { configText, PLUGIN_TEXT, starterText, testText } from './templates.ts';

/** One file, by its path in the project. */
export type Step =
  | { readonly kind: 'write'; readonly path: string; readonly text: string }
  /** `what` is changed in a file that is there; all else in it stays. */
  | { readonly kind: 'change'; readonly path: string; readonly text: string; readonly what: string }
  /** It is left alone. */
  | { readonly kind: 'keep'; readonly path: string; readonly why: string };

/** The plan for a project, and what to go on with when it is carried out. */
export interface Plan {
  readonly steps: readonly Step[];
  readonly next: readonly { readonly command: string; readonly what: string }[];
}

/** A script that runs all tests once, whatever they are called. */
const PLAIN_TEST = /^(?:node --test|vitest run)$/;
/** A package that is made for its jobs is published by nobody. */
const NEW_PACKAGE = '{\n  "private": true\n}\n';
const JOBS = 'escapement run';
const STORE_FILES = 'escapement.db*';
const TEST_FOLDERS = ['test', 'tests', '__tests__'];

/** The files of a project, as they are or would be. */
interface Files {
  readonly plugin: string;
  readonly test: string;
  /** What the test imports. */
  readonly tested: string;
  /** A test of jest that starts the test. */
  readonly starter: { readonly path: string; readonly form: 'require' | 'import' } | null;
}

export function planFor(project: Project): Plan {
  const { config, manifest, manager } = project;
  const files = filesOf(project);
  // A configuration that was there names plugins of its own, unless this command has written it.
  const isOurs = config === undefined || (textOf(join(project.folder, config)) ?? '').includes(`./${files.plugin}`);
  const scripts = scriptsOf(project, files.test, isOurs);
  const steps: Step[] = [
    config === undefined
      ? written(project, `escapement.config.${endingOf(project)}`, configText(files.plugin))
      : { kind: 'keep', path: config, why: 'it is there' },
    ...(isOurs
      ? [
          written(project, files.plugin, PLUGIN_TEXT),
          written(project, files.test, testText(files.tested, project.runner)),
          ...starterSteps(project, files),
        ]
      : []),
    manifestStep(project, scripts),
    ...gitIgnoreSteps(project),
  ];
  const wanted = scripts.jobs === undefined ? manifest.scripts['jobs'] : scripts.jobs;
  const start = wanted === JOBS ? `${manager.run} jobs` : `${manager.execute} escapement run`;
  return {
    steps,
    next: [
      ...(manifest.dependencies.has('escapement')
        ? []
        : [{ command: `${manager.add} escapement`, what: 'installs it' }]),
      { command: start, what: 'runs the schedules, until you press Ctrl+C' },
      ...(isOurs ? [{ command: testCommand(project, files.test, scripts), what: 'tests the plugin' }] : []),
      { command: `${manager.execute} escapement history`, what: 'shows what ran' },
    ].slice(0, 3),
  };
}

/** How a module ends that Node.js takes for an ES module. */
export function endingOf({ language, isEsm }: Project): string {
  const ending = language === 'TypeScript' ? 'ts' : 'js';
  return isEsm ? ending : `m${ending}`;
}

function filesOf(project: Project): Files {
  const { folder, sources, runner, jest } = project;
  const ending = endingOf(project);
  const own = `${sources}plugins/hello.${ending}`;
  // Frameworks load everything in a folder of this name, so only an own one is used.
  const isFree = existsSync(join(folder, own)) || !existsSync(join(folder, sources, 'plugins'));
  const plugin = isFree ? own : `${sources}jobs/hello.${ending}`;
  // In `__tests__` jest takes every file for a test.
  const testFolder =
    TEST_FOLDERS.filter((name) => runner !== 'node' || name !== '__tests__').find((name) =>
      isFolder(join(folder, name)),
    ) ??
    TEST_FOLDERS.find((name) => !existsSync(join(folder, name))) ??
    'test';
  const testEnding = isTestTyped(project) ? ending : ending.replace('ts', 'js');
  const name = runner === 'node' ? `hello.check.${testEnding}` : `hello.test.${testEnding}`;
  const tested = posix.relative(testFolder, plugin);
  return {
    plugin,
    test: `${testFolder}/${name}`,
    tested: isImportedAsTs(project) ? tested : asCompiled(tested),
    starter: jest?.kind === 'starts it' ? { path: `${testFolder}/hello.test.js`, form: jest.form } : null,
  };
}

function starterSteps(project: Project, { test, starter }: Files): Step[] {
  if (starter === null) return [];
  return [written(project, starter.path, starterText(posix.basename(test), starter.form))];
}

/**
 * Whether the test is TypeScript. Where a compiler would complain of what Node.js needs, it is JavaScript, which the
 * compiler leaves alone.
 */
function isTestTyped({ language, compiler, runner }: Project): boolean {
  if (language === 'JavaScript') return false;
  if (runner === 'vitest' || compiler === null) return runner !== 'jest';
  return runner === 'node:test' && compiler.allowsTsImports && compiler.knowsNode;
}

/** Node.js wants the name of the file. Vitest also finds it by the name that the compiler wants. */
function isImportedAsTs({ runner, compiler }: Project): boolean {
  return runner !== 'vitest' || compiler === null || compiler.allowsTsImports;
}

function asCompiled(path: string): string {
  return path.replace(/ts$/, 'js');
}

function written({ folder }: Project, path: string, text: string): Step {
  return existsSync(join(folder, path)) ? { kind: 'keep', path, why: 'it is there' } : { kind: 'write', path, text };
}

/** The scripts that are missing. One of the user's own is never replaced. */
type Scripts = Readonly<Partial<Record<'jobs' | 'jobs:watch' | 'jobs:test' | 'test', string>>>;

function scriptsOf({ manifest: { scripts }, runner, jest }: Project, test: string, hasTest: boolean): Scripts {
  const isStarted = jest?.kind === 'starts it';
  const own = runner === 'vitest' ? 'vitest run' : 'node --test';
  const run = isStarted ? 'jest' : own;
  const isApart = runner === 'node' && !isStarted;
  const canTest = hasTest && (scripts['test'] === undefined || scripts['test'] === NO_TEST);
  return {
    ...(scripts['jobs'] === undefined && { jobs: JOBS }),
    ...(scripts['jobs:watch'] === undefined && { 'jobs:watch': `${JOBS} --watch` }),
    ...(hasTest && isApart && scripts['jobs:test'] === undefined && { 'jobs:test': `node --test ${test}` }),
    ...(!isApart && canTest && { test: run }),
  };
}

function manifestStep({ manifest: { text }, needsType }: Project, scripts: Scripts): Step {
  const path = 'package.json';
  const typed = needsType ? withText(text ?? NEW_PACKAGE, ['type'], 'module') : (text ?? NEW_PACKAGE);
  const changed = Object.entries(scripts).reduce(
    (kept, [name, command]) => withText(kept, ['scripts', name], command),
    typed,
  );
  if (text === null) return { kind: 'write', path, text: changed };
  const names = Object.keys(scripts);
  const what = [
    ...(needsType ? ['type module'] : []),
    ...(names.length === 0 ? [] : [`scripts ${names.join(', ')}`]),
  ].join('; ');
  if (what === '') return { kind: 'keep', path, why: 'it has the scripts' };
  return { kind: 'change', path, text: changed, what };
}

function gitIgnoreSteps({ folder }: Project): Step[] {
  const path = '.gitignore';
  const text = textOf(join(folder, path));
  if (text === null || text.includes('escapement.db')) return [];
  const gap = text === '' || text.endsWith('\n') ? '' : '\n';
  return [{ kind: 'change', path, text: `${text}${gap}${STORE_FILES}\n`, what: 'the files of the store' }];
}

/** How the test is run, and as little else as possible. */
function testCommand({ runner, manager, manifest, jest }: Project, test: string, scripts: Scripts): string {
  const isStarted = jest?.kind === 'starts it';
  if (runner === 'node' && !isStarted) return `${manager.run} jobs:test`;
  const isAlone = scripts.test !== undefined || PLAIN_TEST.test(manifest.scripts['test'] ?? '');
  if (isAlone || runner === 'jest' || isStarted) return manager.name === 'npm' ? 'npm test' : `${manager.run} test`;
  return runner === 'vitest' ? `${manager.execute} vitest run ${test}` : `node --test ${test}`;
}
