/** What `escapement init` writes must run: in projects of each kind, with the package as it is installed. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HistoryRecord } from '../../../src/index.ts';
import { installBuilt } from '../../support/built-package.ts';

const LIMIT_MS = 120_000;
const ROOT = join(import.meta.dirname, '../../..');
const STRICT = {
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noPropertyAccessFromIndexSignature: true,
  verbatimModuleSyntax: true,
  noEmit: true,
  target: 'es2024',
  module: 'nodenext',
  types: ['node'],
};

let folder = '';
let main = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'escapement-init-'));
  main = installBuilt(folder, ['vitest', 'jest', '@types/node']);
}, LIMIT_MS);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
}, LIMIT_MS);

/** A project with the package in it, in which commands are run as its user does. */
class Scratch {
  readonly folder: string;

  constructor(name: string, files: Readonly<Record<string, object | string>>) {
    this.folder = join(folder, name);
    mkdirSync(this.folder);
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(this.folder, path)), { recursive: true });
      writeFileSync(join(this.folder, path), typeof content === 'string' ? content : JSON.stringify(content, null, 2));
    }
  }

  node(...words: readonly string[]): string {
    return execFileSync(process.execPath, words, {
      cwd: this.folder,
      encoding: 'utf8',
      stdio: 'pipe',
      env: plainEnv(),
    });
  }

  escapement(...words: readonly string[]): string {
    return this.node(main, ...words);
  }

  files(): Readonly<Record<string, string>> {
    const paths = readdirSync(this.folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    return Object.fromEntries(paths.map((path) => [path.slice(this.folder.length + 1), readFileSync(path, 'utf8')]));
  }

  /** Runs the schedules until a run is recorded, and ends them as Ctrl+C does. */
  async runOnce(): Promise<void> {
    const child = spawn(process.execPath, [main, 'run'], { cwd: this.folder, stdio: ['ignore', 'pipe', 'ignore'] });
    let printed = '';
    child.stdout.setEncoding('utf8');
    for await (const text of child.stdout) {
      printed += String(text);
      if (!child.killed && printed.includes('run settled')) child.kill('SIGINT');
    }
    const [code] = child.exitCode === null ? await once(child, 'close') : [child.exitCode];
    expect(code).toBe(0);
  }

  history(): HistoryRecord[] {
    return JSON.parse(this.escapement('history', '--json', '--log'));
  }
}

/** Neither the settings of this test run nor those of its own runner reach a project. */
function plainEnv(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:VITEST|NODE_|TEST$|npm_)/.test(name)));
}

const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');

const JEST = ['../node_modules/jest/bin/jest.js', '--watchman=false', '--cacheDirectory=.jest', '--json'];

const PROJECTS = [
  {
    kind: 'an empty folder',
    files: {},
    test: ['--test'],
    checkedBy: null,
  },
  {
    kind: 'TypeScript and ES modules, strictly',
    files: {
      'package.json': { type: 'module', devDependencies: { '@types/node': '*' } },
      'tsconfig.json': { compilerOptions: { ...STRICT, allowImportingTsExtensions: true } },
      'src/main.ts': 'export {};\n',
    },
    test: ['--test'],
    checkedBy: [compiler, '-p', '.'],
  },
  {
    kind: 'TypeScript and CommonJS',
    files: {
      'package.json': { type: 'commonjs' },
      'tsconfig.json': { compilerOptions: STRICT },
      'src/main.cts': 'export {};\n',
    },
    test: ['--test'],
    checkedBy: [compiler, '-p', '.'],
  },
  {
    kind: 'JavaScript and ES modules',
    files: { 'package.json': { type: 'module' }, 'main.js': '' },
    test: ['--test'],
    checkedBy: null,
  },
  {
    kind: 'JavaScript and CommonJS with jest',
    files: { 'package.json': { scripts: { test: 'jest' } }, 'main.js': "require('node:fs');\n" },
    test: JEST,
    checkedBy: null,
  },
  {
    kind: 'TypeScript and ES modules with jest',
    files: {
      'package.json': { type: 'module', devDependencies: { jest: '*' } },
      'tsconfig.json': { compilerOptions: STRICT },
      'jest.config.js': 'export default {\n  // testMatch: [],\n  verbose: true,\n};\n',
    },
    test: JEST,
    checkedBy: [compiler, '-p', '.'],
  },
  {
    kind: 'TypeScript with Vitest',
    files: {
      'package.json': { type: 'module', devDependencies: { vitest: '*' } },
      'tsconfig.json': { compilerOptions: STRICT },
    },
    test: ['../node_modules/vitest/vitest.mjs', 'run'],
    checkedBy: [compiler, '-p', '.'],
  },
];

describe('escapement init', { timeout: LIMIT_MS }, () => {
  // Most of the time they wait for a schedule to fall due.
  test.concurrent.each(PROJECTS)('in $kind writes what runs', async ({ kind, files, test: command, checkedBy }) => {
    const project = new Scratch(kind.replaceAll(/\W+/g, '-'), files);
    project.escapement('init');
    const written = project.files();
    if (checkedBy !== null) {
      project.node(...checkedBy);
    }
    expect(project.node(...command)).toMatch(/pass(?:ed)?\D*1|1 passed|"numPassedTests":1/);
    await project.runOnce();
    const [run] = project.history();
    expect(run).toMatchObject({ key: 'hello/often', outcome: 'succeeded', log: [{ message: 'Hello' }] });
    // Again, it has nothing to do, and says so.
    expect(project.escapement('init')).not.toMatch(/wrote|changed/);
    expect(project.files()).toMatchObject(written);
  });
});
