/**
 * Proves that what would be published works: packs it, lints the package, installs the tarball into an empty folder,
 * and there type-checks and runs the README's quick start.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { extractQuickStart, type QuickStart } from './quick-start.ts';

const ROOT = join(import.meta.dirname, '..');
const INSTALL_LIMIT_MS = 180_000;
const QUICK_START_LIMIT_MS = 60_000;

const folder = mkdtempSync(join(tmpdir(), 'escapement-package-'));
try {
  const tarball = pack();
  lint(tarball);
  const consumer = install(tarball);
  runBinary(consumer);
  const quickStart = writeQuickStart(consumer);
  checkTypes(consumer);
  runQuickStart(consumer, quickStart);
  process.stdout.write('The package is sound.\n');
} catch (error) {
  process.stderr.write(`check-package: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function pack(): string {
  run('npm', ['pack', '--pack-destination', folder], ROOT);
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  if (tarball === undefined) throw new Error('npm pack wrote no tarball.');
  return join(folder, tarball);
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

/** As a strict TypeScript user: the declarations in the package must hold without the sources' own settings. */
function checkTypes(consumer: string): void {
  const compilerOptions = {
    strict: true,
    noEmit: true,
    target: 'es2024',
    module: 'nodenext',
    skipLibCheck: false,
    types: ['node'],
    typeRoots: [join(ROOT, 'node_modules/@types')],
  };
  writeFileSync(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions, exclude: ['node_modules'] }));
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
