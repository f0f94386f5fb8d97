/** Guests that are modules: ESM, CommonJS, or TypeScript (Node strips the types). */
import { PluginLoadError } from '../../errors.ts';
import type { PluginFactory, PluginInstall, ScheduledPlugin, ScheduledRunContext } from '../../plugin.ts';
import { previewOf } from '../../wire/value-preview.ts';
import type { Guest } from '../guest.ts';
import type { PluginDeclaration, PluginSource } from '../protocol.ts';
import { loadError } from './load-error.ts';
import { resolveModule } from './resolve-module.ts';

const WHAT_WORKS =
  'the default export of a plugin module must be a plugin, { name, schedules(), run() }, or a factory of one';

/** When a module exports a plugin, not a factory, its installations share that plugin, so it is cleaned up once. */
const cleanedPlugins = new WeakSet<ScheduledPlugin>();

/** Loads a plugin module. Rejects with a `PluginLoadError`, whose cause is what the module threw. */
export async function openModuleGuest(source: PluginSource): Promise<Guest> {
  const exported = await importDefault(source);
  const made = typeof exported === 'function' ? await make(exported as PluginFactory, source) : exported;
  const flaw = flawOf(made);
  if (flaw !== null) throw new PluginLoadError(source.module, `${flaw}: ${WHAT_WORKS}`);
  return new ModuleGuest(made as ScheduledPlugin, source);
}

class ModuleGuest implements Guest {
  readonly code = null;
  readonly isSealed = false;
  readonly loadFuel = [];
  readonly #plugin: ScheduledPlugin;
  readonly #source: PluginSource;

  constructor(plugin: ScheduledPlugin, source: PluginSource) {
    this.#plugin = plugin;
    this.#source = source;
  }

  get hasCleanup(): boolean {
    return typeof this.#plugin.cleanup === 'function';
  }

  async declare(): Promise<PluginDeclaration> {
    try {
      const { name, priority, version, description, capabilities } = this.#plugin;
      return { name, priority, version, description, capabilities, schedules: await this.#plugin.schedules() };
    } catch (error) {
      throw loadError(this.#source, 'its schedules() failed', error);
    }
  }

  async run(ctx: ScheduledRunContext): Promise<void> {
    await this.#plugin.run(ctx);
  }

  async cleanup(): Promise<void> {
    if (cleanedPlugins.has(this.#plugin)) return;
    cleanedPlugins.add(this.#plugin);
    await this.#plugin.cleanup?.();
  }
}

async function importDefault(source: PluginSource): Promise<unknown> {
  const exports = await importModule(source);
  if (!('default' in exports)) {
    const names = Object.keys(exports).join(', ') || 'nothing';
    throw new PluginLoadError(source.module, `it has no default export (it exports ${names}): ${WHAT_WORKS}`);
  }
  return unwrapTranspiled(exports.default);
}

async function importModule(source: PluginSource): Promise<{ readonly default?: unknown }> {
  try {
    return (await import(resolveModule(source.module, source.resolveFrom))) as { readonly default?: unknown };
  } catch (error) {
    throw loadError(source, 'importing it failed', error);
  }
}

async function make(factory: PluginFactory, source: PluginSource): Promise<unknown> {
  const { module, tenantId, siteId, options } = source;
  const place = { ...(tenantId !== undefined && { tenantId }), ...(siteId !== undefined && { siteId }) };
  const install: PluginInstall = { module, options, ...place };
  try {
    return await factory(install);
  } catch (error) {
    throw loadError(source, 'its factory failed', error);
  }
}

/** CommonJS that was compiled from ESM has its default export one level deeper. */
function unwrapTranspiled(exported: unknown): unknown {
  const isTranspiled =
    typeof exported === 'object' && exported !== null && '__esModule' in exported && 'default' in exported;
  return isTranspiled ? exported.default : exported;
}

/** Says what keeps a value from being a plugin, or `null`. It may call getters: this is the plugin's own thread. */
function flawOf(made: unknown): string | null {
  if (typeof made !== 'object' || made === null) return `it provides ${previewOf(made)}, which is not a plugin`;
  const { name, schedules, run } = made as Partial<Record<keyof ScheduledPlugin, unknown>>;
  const missing = [
    ...(typeof name === 'string' ? [] : ['name (a string)']),
    ...(typeof schedules === 'function' ? [] : ['schedules()']),
    ...(typeof run === 'function' ? [] : ['run()']),
  ];
  return missing.length === 0 ? null : `its plugin lacks ${missing.join(', ')}`;
}
