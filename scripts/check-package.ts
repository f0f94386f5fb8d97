/**
 * Proves that what would be published works: packs it, lints the package and its types, installs the tarball into an
 * empty folder, holds it to its limits of size and licence, and there type-checks and runs the README's quick start.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { packInto } from './package.ts';
import { limitProblems, typeProblems, weightOf } from './package-limits.ts';
import { extractQuickStart, type QuickStart } from './quick-start.ts';

const ROOT = join(import.meta.dirname, '..');
const INSTALL_LIMIT_MS = 180_000;
const QUICK_START_LIMIT_MS = 60_000;
const ENTRIES = ['', '/plugin', '/console', '/testing', '/opentelemetry'].map((path) => `escapement${path}`);
const RESOLUTIONS = [
  ['node16', 'node16'],
  ['nodenext', 'nodenext'],
  ['esnext', 'bundler'],
] as const;

const folder = mkdtempSync(join(tmpdir(), 'escapement-package-'));
try {
  const tarball = pack();
  lint(tarball);
  mustBeNone('its types are wrong', await typeProblems(tarball));
  const consumer = install(tarball);
  weigh(join(consumer, 'node_modules'));
  runBinary(consumer);
  const quickStart = writeQuickStart(consumer);
  checkTypes(consumer);
  runQuickStart(consumer, quickStart);
  rmSync(join(consumer, 'node_modules/@napi-rs'), { recursive: true, force: true });
  runQuickStart(consumer, quickStart);
  process.stdout.write('The package is sound.\n');
} catch (error) {
  process.stderr.write(`check-package: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function pack(): string {
  run(process.execPath, [join(ROOT, 'scripts/build.ts')], ROOT);
  const tarball = packInto(folder);
  const contents = run('tar', ['-tzf', tarball], folder).split('\n');
  mustBeNone(
    'it contains what nobody needs who installs it',
    contents.filter((path) => /\.(?:d\.ts\.map|tsx?)$/.test(path) && !/\.d\.[cm]?ts$/.test(path)),
  );
  return tarball;
}

function mustBeNone(what: string, problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(`${what}:\n${problems.map((problem) => `  ${problem}\n`).join('')}`);
}

function lint(tarball: string): void {
  run(process.execPath, [join(ROOT, 'node_modules/publint/src/cli.js'), 'run', tarball, '--strict'], ROOT);
}

function install(tarball: string): string {
  const consumer = join(folder, 'consumer');
  mkdirSync(consumer);
  writeFileSync(join(consumer, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
  run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball], consumer, INSTALL_LIMIT_MS);
  return consumer;
}

function weigh(modules: string): void {
  const { unpacked, installed, packages } = weightOf(modules, 'escapement');
  const [own, all] = [unpacked, installed].map((bytes) => `${(bytes / 1_000_000).toFixed(3)} MB`);
  process.stdout.write(`${own} without maps; ${all} installed, in ${packages.length} packages\n`);
  mustBeNone('it exceeds its limits', limitProblems(modules, 'escapement'));
}

function runBinary(consumer: string): void {
  const help = run(process.execPath, [join(consumer, 'node_modules/.bin/escapement'), '--help'], consumer);
  if (!help.includes('escapement')) throw new Error(`escapement --help printed no help:\n${help}`);
}

function writeQuickStart(consumer: string): QuickStart {
  const quickStart = extractQuickStart(readFileSync(join(ROOT, 'README.md'), 'utf8'));
  for (const [path, content] of quickStart.files) {
    mkdirSync(dirname(join(consumer, path)), { recursive: true });
    writeFileSync(join(consumer, path), content);
  }
  return quickStart;
}

/**
 * As strict TypeScript users: the declarations in the package must hold without the sources' own settings, for every way
 * to resolve modules. Plugins need no types of Node.
 */
function checkTypes(consumer: string): void {
  const strict = { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, noEmit: true };
  const own = { ...strict, target: 'es2024', skipLibCheck: false, typeRoots: [join(ROOT, 'node_modules/@types')] };
  writeFileSync(join(consumer, 'imports.ts'), ENTRIES.map((path) => `export type {} from '${path}';\n`).join(''));
  writeFileSync(join(consumer, 'plugin-only.ts'), "export { definePlugin } from 'escapement/plugin';\n");
  // The one peer whose types ours mention: whoever imports that entry has it.
  symlinkSync(join(ROOT, 'node_modules/@opentelemetry'), join(consumer, 'node_modules/@opentelemetry'));
  for (const [module, moduleResolution] of RESOLUTIONS) {
    const settings = { ...own, module, moduleResolution };
    compile(consumer, { ...settings, types: ['node'] }, { exclude: ['node_modules'] });
    compile(consumer, { ...settings, types: [], lib: ['es2024', 'dom'] }, { files: ['plugin-only.ts'] });
  }
}

function compile(consumer: string, compilerOptions: object, what: object): void {
  writeFileSync(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions, ...what }));
  run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', consumer], consumer);
}

function runQuickStart(consumer: string, { main, prints }: QuickStart): void {
  const output = run(process.execPath, [main], consumer, QUICK_START_LIMIT_MS);
  if (!output.split('\n').some((line) => prints.test(line))) {
    throw new Error(`the quick start printed no line that matches ${prints}:\n${output}`);
  }
}

/** Runs to the end and returns what was printed. Throws with the output if it fails or exceeds the limit. */
function run(command: string, args: readonly string[], cwd: string, timeout = QUICK_START_LIMIT_MS): string {
  process.stdout.write(`> ${[command, ...args].join(' ').replaceAll(ROOT, '.').replaceAll(folder, '…')}\n`);
  const { status, signal, error, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    timeout,
    killSignal: 'SIGKILL',
  });
  if (status === 0) return stdout;
  const ending = error?.message ?? (signal === null ? `exit code ${status}` : `signal ${signal}`);
  throw new Error(`${command} ${args[0] ?? ''} failed (${ending}):\n${stdout ?? ''}${stderr ?? ''}`);
}
