import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Plan, planFor, type Step } from '../../../src/cli/init/plan.ts';
import { lookAt, type Project } from '../../../src/cli/init/project.ts';
import { temporaryFolder } from '../../support/scheduler-harness.ts';

const AGENT = 'npm_config_user_agent';
const TYPED = { 'tsconfig.json': '{}' };
const MODULE = { type: 'module' };

/** A project of these files; an object is written as JSON. */
function projectOf(files: Readonly<Record<string, string | object>>, language?: Project['language']): Project {
  const folder = temporaryFolder();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return lookAt(folder, language);
}

function planOf(files: Readonly<Record<string, string | object>>): Plan {
  return planFor(projectOf(files));
}

function pathsOf({ steps }: Plan): string[] {
  return steps.map(({ kind, path }) => `${kind} ${path}`);
}

function textOf({ steps }: Plan, path: string): string {
  const step = steps.find((each) => each.path === path);
  return step === undefined || step.kind === 'keep' ? '' : step.text;
}

// Whatever has started the tests is none of their business.
beforeEach(() => void vi.stubEnv(AGENT, ''));
afterEach(() => void vi.unstubAllEnvs());

describe('what escapement init sees', () => {
  test.each([
    ['an empty folder', {}, ['TypeScript', true, 'node:test']],
    ['a package of npm install', { 'package.json': { dependencies: {} } }, ['TypeScript', true, 'node:test']],
    ['a tsconfig.json', { ...TYPED, 'package.json': MODULE }, ['TypeScript', true, 'node:test']],
    ['a file of TypeScript', { 'package.json': MODULE, 'src/main.ts': '' }, ['TypeScript', true, 'node:test']],
    ['a file of JavaScript', { 'package.json': MODULE, 'main.js': '' }, ['JavaScript', true, 'node:test']],
    ['CommonJS without a word', { 'package.json': {}, 'main.js': '' }, ['JavaScript', false, 'node:test']],
    ['CommonJS', { 'package.json': { type: 'commonjs' } }, ['TypeScript', false, 'node:test']],
    [
      'what configures a tool of CommonJS',
      { 'package.json': {}, 'postcss.config.js': '' },
      ['TypeScript', false, 'node:test'],
    ],
    ['a hidden file of CommonJS', { 'package.json': {}, '.eslintrc.js': '' }, ['TypeScript', false, 'node:test']],
    [
      'a compiler that writes CommonJS',
      { 'package.json': {}, 'tsconfig.json': '{\n  "compilerOptions": {\n    "module": "CommonJS"\n  }\n}' },
      ['TypeScript', false, 'node:test'],
    ],
    ['vitest', { 'package.json': { ...MODULE, devDependencies: { vitest: '5' } } }, ['TypeScript', true, 'vitest']],
    [
      'jest with ES modules',
      {
        'package.json': { ...MODULE, scripts: { test: 'node --experimental-vm-modules node_modules/.bin/jest' } },
        'a.js': '',
      },
      ['JavaScript', true, 'jest'],
    ],
    ['jest', { 'package.json': { scripts: { test: 'jest' } }, 'a.js': '' }, ['JavaScript', false, 'node']],
    ['mocha', { 'package.json': { ...MODULE, devDependencies: { mocha: '1' } } }, ['TypeScript', true, 'node']],
  ])('in %s', (_, files, [language, isEsm, runner]) => {
    expect(projectOf(files)).toMatchObject({ language, isEsm, runner });
  });

  test.each([
    [{}, 'npm'],
    [{ 'pnpm-lock.yaml': '' }, 'pnpm'],
    [{ 'yarn.lock': '' }, 'yarn'],
    [{ 'bun.lock': '' }, 'bun'],
    [{ 'package-lock.json': '', 'package.json': { packageManager: 'pnpm@11.1.0' } }, 'pnpm'],
  ])('the package manager of %j is %s', (files, name) => {
    expect(projectOf(files).manager.name).toBe(name);
  });

  test.each([
    ['its root’s', { 'package.json': { workspaces: ['packages/*'] }, 'yarn.lock': '' }, 'yarn add'],
    ['that of pnpm', { 'pnpm-workspace.yaml': '' }, 'pnpm add'],
    ['no lock file that lies above', { 'pnpm-lock.yaml': '' }, 'npm install'],
    ['nothing that cannot be read', { 'package.json': '{' }, 'npm install'],
  ])('the package manager of a package in a workspace is %s', (_, files, add) => {
    const { folder } = projectOf({ 'packages/a/b.txt': '' });
    for (const [path, content] of Object.entries(files))
      writeFileSync(join(folder, path), typeof content === 'string' ? content : JSON.stringify(content));
    expect(lookAt(join(folder, 'packages/a')).manager.add).toBe(add);
  });

  test('pnpm is told that the root of a workspace is meant', () => {
    expect(projectOf({ 'pnpm-workspace.yaml': '', 'pnpm-lock.yaml': '' }).manager.add).toBe('pnpm add -w');
  });

  test('the package manager is otherwise the one that started it', () => {
    vi.stubEnv(AGENT, 'yarn/4.9.0 npm/? node/v24.21.0 linux x64');
    expect(projectOf({}).manager.name).toBe('yarn');
  });

  test('the language is what the user says', () => {
    expect(projectOf(TYPED, 'JavaScript').language).toBe('JavaScript');
  });

  test.each(['{', '[]', 'null', '{"scripts":[]}'])('a package.json that says %s is refused', (text) => {
    expect(() => projectOf({ 'package.json': text })).toThrow(/^package\.json is not .*, so nothing was written/);
  });
});

describe('jest', () => {
  const starts = { kind: 'starts it', form: 'require' };
  const leaves = (why: string): object => ({ kind: 'leaves it', why });
  const script = leaves('the script "test" is more than jest, or says which tests it has');

  test.each([
    ['jest', starts],
    ['NODE_ENV=test jest --ci --maxWorkers=2', starts],
    ['cross-env NODE_ENV=test npx jest -i', starts],
    ['jest src', script],
    ['jest --selectProjects unit', script],
    ['eslint . && jest', script],
    ['jest --watch', script],
    ['node --test', script],
  ])('as the script %j', (test, expected) => {
    expect(
      projectOf({ 'package.json': { scripts: { test }, devDependencies: { jest: '30' } }, 'a.js': '' }).jest,
    ).toEqual(expected);
  });

  test.each([
    ['package.json', { testRegex: 'spec' }, {}, leaves('testRegex in package.json decides what is a test of jest')],
    ['package.json', { preset: 'ts-jest' }, {}, starts],
    [
      'a file',
      undefined,
      { 'jest.config.ts': 'export default { roots: [] };' },
      leaves('roots in jest.config.ts decides what is a test of jest'),
    ],
    ['comments of a file', undefined, { 'jest.config.js': 'module.exports = {\n  // roots: [],\n};' }, starts],
  ])('as set up in %s', (_, jest, files, expected) => {
    const manifest = { scripts: { test: 'jest' }, ...(jest && { jest }) };
    expect(projectOf({ 'package.json': manifest, 'a.js': '', ...files }).jest).toEqual(expected);
  });

  test('is no matter where another runner is', () => {
    expect(projectOf({ 'package.json': { scripts: { test: 'vitest run' } } }).jest).toBeNull();
    expect(projectOf({ 'package.json': { devDependencies: { mocha: '1' } } }).jest).toBeNull();
  });
});

describe('what escapement init writes', () => {
  test('modules of their own names where files are CommonJS', () => {
    const plan = planOf({ 'package.json': { type: 'commonjs' }, 'main.js': '' });
    expect(pathsOf(plan)).toEqual([
      'write escapement.config.mjs',
      'write plugins/hello.mjs',
      'write test/hello.test.mjs',
      'change package.json',
    ]);
    expect(textOf(plan, 'escapement.config.mjs')).toContain("plugins: ['./plugins/hello.mjs']");
    expect(JSON.parse(textOf(plan, 'package.json'))).toMatchObject({ type: 'commonjs' });
  });

  test('sources where the sources are, and tests where the tests are', () => {
    const plan = planOf({ 'package.json': MODULE, 'src/main.ts': '', 'tests/main.test.ts': '' });
    expect(pathsOf(plan).slice(1, 3)).toEqual(['write src/plugins/hello.ts', 'write tests/hello.test.ts']);
    expect(textOf(plan, 'tests/hello.test.ts')).toContain("from '../src/plugins/hello.ts'");
  });

  test('nothing below a file that has the name of a folder', () => {
    const plan = planOf({ 'package.json': MODULE, src: '', plugins: '', test: '' });
    expect(pathsOf(plan).slice(1, 3)).toEqual(['write jobs/hello.ts', 'write tests/hello.test.ts']);
  });

  test('nothing into a folder of plugins that is somebody else’s', () => {
    const plan = planOf({ 'package.json': MODULE, 'plugins/cors.js': '', 'main.js': '' });
    expect(pathsOf(plan)).toContain('write jobs/hello.js');
  });

  test.each([
    ['no .ts in imports', {}, 'test/hello.test.js'],
    ['no types of Node.js', { compilerOptions: { allowImportingTsExtensions: true } }, 'test/hello.test.js'],
  ])('a test in JavaScript where the compiler knows %s', (_, config, path) => {
    const plan = planOf({ 'package.json': MODULE, 'tsconfig.json': config });
    expect(pathsOf(plan)).toContain(`write ${path}`);
    expect(textOf(plan, path)).toContain("from '../plugins/hello.ts'");
  });

  test('for Vitest an import that the compiler accepts', () => {
    const manifest = { ...MODULE, devDependencies: { vitest: '5' } };
    expect(textOf(planOf({ 'package.json': manifest, ...TYPED }), 'test/hello.test.ts')).toContain(
      "from '../plugins/hello.js'",
    );
  });

  test('a test of Node.js beside a runner that nobody here knows', () => {
    const plan = planOf({
      'package.json': { scripts: { test: 'mocha' }, devDependencies: { mocha: '1' } },
      'main.js': '',
    });
    expect(pathsOf(plan)).toContain('write test/hello.check.mjs');
    expect(JSON.parse(textOf(plan, 'package.json')).scripts).toEqual({
      test: 'mocha',
      jobs: 'escapement run',
      'jobs:watch': 'escapement run --watch',
      'jobs:test': 'node --test test/hello.check.mjs',
    });
    expect(plan.next.map(({ command }) => command)).toEqual([
      'npm install escapement',
      'npm run jobs',
      'npm run jobs:test',
    ]);
  });

  test.each([
    ['JavaScript', { 'main.js': '' }, 'hello.check.mjs'],
    ['TypeScript', { ...TYPED, 'src/main.ts': '' }, 'hello.check.mjs'],
  ])('for jest and CommonJS in %s a test that starts that of Node.js', (_, files, check) => {
    const plan = planOf({ 'package.json': { scripts: { test: 'jest' } }, ...files });
    expect(pathsOf(plan)).toEqual(expect.arrayContaining([`write test/${check}`, 'write test/hello.test.js']));
    expect(textOf(plan, 'test/hello.test.js')).toContain(`[join(__dirname, '${check}')]`);
    expect(JSON.parse(textOf(plan, 'package.json')).scripts).toEqual({
      test: 'jest',
      jobs: 'escapement run',
      'jobs:watch': 'escapement run --watch',
    });
    expect(plan.next.at(-1)?.command).toBe('npm test');
  });

  test('for jest that loads ES modules one that imports what it needs', () => {
    const scripts = { test: 'node --experimental-vm-modules node_modules/jest/bin/jest.js --ci' };
    const plan = planOf({ 'package.json': { ...MODULE, scripts }, ...TYPED });
    expect(textOf(plan, 'test/hello.test.js')).toContain(
      "[fileURLToPath(new URL('./hello.check.js', import.meta.url))]",
    );
  });

  test('the script that runs jest where there is none, and nothing into __tests__', () => {
    const plan = planOf({
      'package.json': { devDependencies: { jest: '30' } },
      'main.js': '',
      '__tests__/main.js': '',
    });
    expect(JSON.parse(textOf(plan, 'package.json')).scripts.test).toBe('jest');
    expect(pathsOf(plan)).toContain('write test/hello.test.js');
  });

  test('no script that has the name of another one, but in the place of npm’s own', () => {
    const scripts = { jobs: 'node jobs.js', test: 'echo "Error: no test specified" && exit 1' };
    const plan = planOf({ 'package.json': { ...MODULE, scripts } });
    expect(JSON.parse(textOf(plan, 'package.json')).scripts).toEqual({
      jobs: 'node jobs.js',
      'jobs:watch': 'escapement run --watch',
      test: 'node --test',
    });
    expect(plan.next[1]?.command).toBe('npx escapement run');
  });

  test('the files of the store into .gitignore, once', () => {
    const step = (files: Readonly<Record<string, string>>): Step | undefined =>
      planOf(files).steps.find(({ path }) => path === '.gitignore');
    expect(step({ '.gitignore': 'node_modules' })).toMatchObject({ text: 'node_modules\nescapement.db*\n' });
    expect(step({ '.gitignore': '/escapement.db\n' })).toBeUndefined();
    expect(step({})).toBeUndefined();
  });

  test('only scripts where a configuration names plugins of its own', () => {
    const config = "export default { plugins: ['./plugins/report.js'] };";
    const plan = planOf({ 'package.json': MODULE, 'main.js': '', 'escapement.config.mjs': config });
    expect(pathsOf(plan)).toEqual(['keep escapement.config.mjs', 'change package.json']);
  });
});
