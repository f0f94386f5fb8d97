/** Builds the guests of these examples. */
import { execFile } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const here = import.meta.dirname;
const run = promisify(execFile);

/** AssemblyScript: its compiler is a package. */
export async function buildAssemblyScript(outFile: string): Promise<void> {
  const compiler = fileURLToPath(new URL('../bin/asc.js', import.meta.resolve('assemblyscript/asc')));
  const kit = resolve(fileURLToPath(import.meta.resolve('@extism/as-pdk/package.json')), '../../..');
  const folder = join(here, 'assemblyscript');
  const options = ['--path', kit, '--outFile', resolve(outFile), '--optimize', '--debug', '--runtime', 'minimal'];
  const entry = 'assembly/report.ts';
  const args = [entry, ...options, '--use', 'abort=assembly/report/abort'];
  await run(process.execPath, [compiler, ...args], { cwd: folder });
}

/** Where clang and wasm-ld are; null if they are not installed (Debian: `apt-get install clang lld`). */
export function findClang(): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...globSync('/usr/lib/llvm-*/bin')];
  return folders.find((folder) => ['clang', 'wasm-ld'].every((tool) => existsSync(join(folder, tool)))) ?? null;
}

/** C, without a library and without WASI. */
export async function buildC(outFile: string, tools: string): Promise<void> {
  const env = { ...process.env, PATH: `${tools}${delimiter}${process.env['PATH'] ?? ''}` };
  const target = ['--target=wasm32', '-nostdlib', '-ffreestanding', '-O2', '-Wall', '-Wextra', '-Werror'];
  const args = [...target, '-Wl,--no-entry', '-o', resolve(outFile), join(here, 'c', 'check-url.c')];
  await run('clang', args, { env });
}
