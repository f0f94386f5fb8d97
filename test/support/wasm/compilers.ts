/** Compilers whose modules tests meter: AssemblyScript from npm, C and Rust from Debian. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Requirement, requirement } from '../servers/requirement.ts';

const RUST_TARGET = 'wasm32-unknown-unknown';
/** Debian's compiler has the target as a package. Another one may be first in the path. */
const RUST_COMPILERS = ['/usr/bin/rustc', 'rustc'];

export function needsClang(): Requirement {
  return requirement({
    name: 'C',
    program: 'clang or wasm-ld',
    isPresent: runs('clang', '--version') && runs('wasm-ld', '--version'),
    remedy: 'apt-get install clang lld',
  });
}

export function needsRust(): Requirement {
  return requirement({
    name: 'Rust',
    program: `rustc with the target ${RUST_TARGET}, or wasm-ld,`,
    isPresent: rustCompiler() !== undefined && runs('wasm-ld', '--version'),
    remedy: 'apt-get install rustc libstd-rust-dev-wasm32 lld',
  });
}

export function compileC(source: string, optimization: string): Uint8Array<ArrayBuffer> {
  const flags = [
    '--target=wasm32',
    '-nostdlib',
    '-fno-builtin',
    '-Wl,--no-entry',
    '-Wl,--export-dynamic',
    '-mbulk-memory',
  ];
  return compiled((output) => ['clang', [...flags, optimization, '-o', output, source]]);
}

export function compileRust(source: string, optimization: string): Uint8Array<ArrayBuffer> {
  const flags = ['--target', RUST_TARGET, '--crate-type', 'cdylib', '-C', 'linker=wasm-ld', '-C', 'panic=abort'];
  const compiler = rustCompiler() ?? 'rustc';
  return compiled((output) => [compiler, [...flags, '-C', `opt-level=${optimization}`, '-o', output, source]]);
}

export async function compileAssemblyScript(source: string, options: object): Promise<Uint8Array<ArrayBuffer>> {
  const { default: asc } = await import('assemblyscript/asc');
  const { binary, error, stderr } = await asc.compileString(readFileSync(source, 'utf8'), options);
  if (error !== null || binary === null) throw new Error(`AssemblyScript did not compile: ${String(stderr)}`);
  return Uint8Array.from(binary);
}

function compiled(
  command: (output: string) => readonly [program: string, args: readonly string[]],
): Uint8Array<ArrayBuffer> {
  const folder = mkdtempSync(join(tmpdir(), 'compiled-'));
  try {
    const output = join(folder, 'module.wasm');
    const [program, args] = command(output);
    const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${program} did not compile: ${stderr}`);
    return Uint8Array.from(readFileSync(output));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function rustCompiler(): string | undefined {
  return RUST_COMPILERS.find((program) => {
    const { status, stdout } = spawnSync(program, ['--print', 'sysroot'], { encoding: 'utf8' });
    return status === 0 && existsSync(join(stdout.trim(), 'lib', 'rustlib', RUST_TARGET, 'lib'));
  });
}

function runs(program: string, argument: string): boolean {
  return spawnSync(program, [argument]).status === 0;
}
