/** Opens a plugin as what it is: a WASM guest, or a module. */
import { PluginLoadError } from '../../errors.ts';
// Here, because plugins may change WebAssembly before the first guest is loaded.
import '../../wire/guests/web-assembly.ts';
import type { Guest, OpenGuest } from '../guest.ts';
import type { PluginSource } from '../protocol.ts';
import { openModuleGuest } from './module.ts';
import { resolveModule } from './resolve-module.ts';

/** Rejects with a `PluginLoadError`. */
export const openGuest: OpenGuest = async (source) => {
  if (source.code === undefined && !isWasmFile(source)) return await openModule(source);
  // Most threads run no guest.
  const { openWasmGuest } = await import('./wasm/wasm-guest.ts');
  return openWasmGuest(source);
};

/** A package may name a guest, too. What cannot be resolved is left to the import, which says why. */
function isWasmFile({ module, resolveFrom }: PluginSource): boolean {
  if (module.startsWith('file:')) return endsInWasm(module);
  try {
    return endsInWasm(resolveModule(module, resolveFrom));
  } catch {
    return false;
  }
}

function endsInWasm(url: string): boolean {
  return /\.wasm(?:[?#]|$)/i.test(url);
}

function openModule(source: PluginSource): Promise<Guest> {
  if (source.instance === undefined) return openModuleGuest(source);
  throw new PluginLoadError(source.module, 'it is a module, and only a WASM guest can have the option "instance"');
}
