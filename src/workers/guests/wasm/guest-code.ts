/** Makes the code of a guest: reads its file, has its instructions counted, compiles it, and checks what it imports. */
import { readFile, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { PluginLoadError } from '../../../errors.ts';
import { instrument } from '../../../wasm/instrument.ts';
import { DEFAULT_MEMORY_PAGES, MAX_GUEST_MODULE_BYTES, OTHER_CALL_FUEL } from '../../../wire/guests/guest-limits.ts';
import { type WasmImport, type WasmImports, type WasmModule, webAssembly } from '../../../wire/guests/web-assembly.ts';
import type { GuestCode, PluginSource } from '../../protocol.ts';
import { listedNames } from '../listed-names.ts';
import { loadError } from '../load-error.ts';
import { resolveModule } from '../resolve-module.ts';
import { ENV_MODULE } from './extism-env.ts';
import { USER_MODULE } from './user-functions.ts';

const REQUIRED = ['name', 'schedules', 'run'];
const HOW_WITHOUT_WASI =
  'WASI is not available: build the guest without it (Rust: target wasm32-unknown-unknown; TinyGo: target wasm-unknown; C: -nostdlib; AssemblyScript: no WASI shim)';

/** Rejects with a `PluginLoadError`. */
export async function compileGuest(source: PluginSource): Promise<GuestCode> {
  const file = await read(source);
  const metered = instrumented(file, source);
  try {
    const { Module } = webAssembly ?? {};
    if (Module === undefined) throw new TypeError('this process has no WebAssembly');
    return { module: new Module(metered.bytes), fuelExport: metered.fuelExport };
  } catch (error) {
    throw loadError(source, 'compiling it failed', error);
  }
}

/** @throws PluginLoadError for a guest that lacks what the host calls, or imports what it may not. */
export function checkGuest({ module }: GuestCode, granted: WasmImports, source: PluginSource): void {
  const exported = exportedFunctions(module);
  const missing = REQUIRED.filter((name) => !exported.has(name));
  if (missing.length > 0) {
    const all = REQUIRED.map((name) => `${name}()`).join(', ');
    const reason = `it does not export ${missing.map((name) => `${name}()`).join(', ')}: a guest exports ${all}`;
    throw new PluginLoadError(source.module, reason);
  }
  const imports = webAssembly?.importsOf(module) ?? [];
  const refused = imports.filter(({ module: from, name, kind }) => {
    return kind !== 'function' || !Object.hasOwn(granted, from) || !Object.hasOwn(granted[from] ?? {}, name);
  });
  if (refused.length > 0) throw new PluginLoadError(source.module, refusalOf(refused));
}

export function exportedFunctions(module: WasmModule): ReadonlySet<string> {
  const exports = webAssembly?.exportsOf(module) ?? [];
  return new Set(exports.filter(({ kind }) => kind === 'function').map(({ name }) => name));
}

function refusalOf(imports: readonly WasmImport[]): string {
  const names = imports.map(
    ({ module, name, kind }) => `${module}.${name}${kind === 'function' ? '' : ` (a ${kind})`}`,
  );
  const hints = [
    ...(imports.some(({ module }) => module.startsWith('wasi')) ? [HOW_WITHOUT_WASI] : []),
    ...(imports.some(({ module }) => module === USER_MODULE)
      ? [`functions of ${USER_MODULE} are granted by permissions.hostFunctions`]
      : []),
    ...(imports.some(({ module, name }) => module === 'env' && name === 'abort')
      ? ['in AssemblyScript, build with --use abort=…']
      : []),
  ];
  const hint = hints.length === 0 ? `a guest may import functions of ${ENV_MODULE}` : hints.join('; ');
  return `it imports what it may not: ${listedNames([...new Set(names)])}. ${hint[0]?.toUpperCase()}${hint.slice(1)}`;
}

async function read(source: PluginSource): Promise<Uint8Array> {
  try {
    const path = fileURLToPath(resolveModule(source.module, source.resolveFrom));
    const { size } = await stat(path);
    if (size > MAX_GUEST_MODULE_BYTES) {
      throw new RangeError(`it has ${size} bytes, and a guest may have ${MAX_GUEST_MODULE_BYTES}`);
    }
    return await readFile(path);
  } catch (error) {
    throw loadError(source, 'reading it failed', error);
  }
}

function instrumented(file: Uint8Array, source: PluginSource): ReturnType<typeof instrument> {
  const maxMemoryPages = source.permissions?.memoryPages ?? DEFAULT_MEMORY_PAGES;
  try {
    return instrument(file, { isMetered: source.isUnmetered !== true, maxMemoryPages, startFuel: OTHER_CALL_FUEL });
  } catch (error) {
    throw loadError(source, 'it cannot be used', error);
  }
}
