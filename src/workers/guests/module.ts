/** Guests that are modules: ESM, CommonJS, or TypeScript (Node strips the types). */
import { PluginLoadError } from '../../errors.ts';
import type {
  PluginFactory,
  PluginInstall,
  PluginSchemas,
  ScheduledPlugin,
  ScheduledRunContext,
} from '../../plugin.ts';
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
  const made = await makePlugin(exported, source);
  const flaw = flawOf(made);
  if (flaw !== null) throw new PluginLoadError(source.module, `${flaw}: ${WHAT_WORKS}`);
  return new ModuleGuest(made as ScheduledPlugin, source, schemasOf(exported).config);
}

class ModuleGuest implements Guest {
  readonly code = null;
  readonly isSealed = false;
  readonly loadFuel = [];
  readonly #plugin: ScheduledPlugin;
  readonly #source: PluginSource;
  /** That of its factory, if this has one. */
  readonly #configSchema: unknown;

  constructor(plugin: ScheduledPlugin, source: PluginSource, configSchema: unknown) {
    this.#plugin = plugin;
    this.#source = source;
    this.#configSchema = configSchema;
  }

  get hasCleanup(): boolean {
    return typeof this.#plugin.cleanup === 'function';
  }

  declare(): Promise<PluginDeclaration> {
    return declareBy(this.#plugin, this.#configSchema, this.#source);
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

/** What a module exports, or what its factory makes of it. Rejects with a `PluginLoadError`. */
export async function makePlugin(exported: unknown, source: PluginSource): Promise<unknown> {
  if (typeof exported !== 'function') return exported;
  const { module, tenantId, siteId } = source;
  const place = { ...(tenantId !== undefined && { tenantId }), ...(siteId !== undefined && { siteId }) };
  const schema = schemasOf(exported).options;
  const options = schema === undefined ? source.options : await (await schemas()).checkedOptions(schema, source);
  const install: PluginInstall<unknown> = { module, options, ...place };
  try {
    return await (exported as PluginFactory<unknown, unknown>)(install);
  } catch (error) {
    throw loadError(source, 'its factory failed', error);
  }
}

/** Asks a plugin what it declares. The schema is that of its factory. Rejects with a `PluginLoadError`. */
export async function declareBy(
  plugin: ScheduledPlugin,
  factorySchema: unknown,
  source: PluginSource,
): Promise<PluginDeclaration> {
  const { declaration, schema } = await declaredBy(plugin, source);
  const configSchema = schema ?? factorySchema;
  if (configSchema === undefined) return declaration;
  return { ...declaration, ...(await (await schemas()).checkedConfigs(configSchema, declaration.schedules, source)) };
}

async function declaredBy(
  plugin: ScheduledPlugin,
  source: PluginSource,
): Promise<{ readonly declaration: PluginDeclaration; readonly schema: unknown }> {
  try {
    const { name, priority, version, description, capabilities, config: schema } = plugin;
    const about = { name, priority, version, description, capabilities };
    return { declaration: { ...about, schedules: await plugin.schedules() }, schema };
  } catch (error) {
    throw loadError(source, 'its schedules() failed', error);
  }
}

/** Those of a factory. A plugin without a factory has its own, which is asked for when it declares. */
export function schemasOf(exported: unknown): { readonly config?: unknown; readonly options?: unknown } {
  return typeof exported === 'function' ? (exported as PluginSchemas) : {};
}

/** Most plugins have none. */
function schemas(): Promise<typeof import('./schemas.ts')> {
  return import('./schemas.ts');
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
