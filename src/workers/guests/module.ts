/** Guests that are modules: ESM, CommonJS, or TypeScript (Node strips the types). */
import { PluginLoadError } from '../../errors.ts';
import type {
  PluginFactory,
  PluginInstall,
  PluginSchemas,
  ScheduledPlugin,
  ScheduledRunContext,
} from '../../plugin.ts';
import type { Guest } from '../guest.ts';
import type { PluginDeclaration, PluginSource } from '../protocol.ts';
import type { FieldFlaw } from './plugin-flaw.ts';
import { resolveModule } from './resolve-module.ts';

/** When a module exports a plugin, not a factory, its installations share that plugin, so it is cleaned up once. */
const cleanedPlugins = new WeakSet<ScheduledPlugin>();

/** Loads a plugin module. Rejects with a `PluginLoadError`, whose cause is what the module threw. */
export async function openModuleGuest(source: PluginSource): Promise<Guest> {
  const exported = await importDefault(source);
  const made = await makePlugin(exported, source);
  const { config } = schemasOf(exported);
  if (isWhole(made)) return new ModuleGuest(made, source, { config, flaws: [] });
  const { fieldFlaws, flawOf } = await flaws();
  const flaw = flawOf(made, isFactory(exported) ? 'its factory' : 'its default export');
  if (flaw !== null) throw new PluginLoadError(source.module, flaw);
  const plugin = made as ScheduledPlugin;
  return new ModuleGuest(plugin, source, { config, flaws: fieldFlaws(plugin) });
}

/** What explains a failure is loaded when there is one: most threads load only plugins that are right. */
const failures = () => import('./load-error.ts');
const flaws = () => import('./plugin-flaw.ts');

const PARTS = new Set([
  ...['name', 'priority', 'version', 'description', 'capabilities'],
  ...['config', 'schedules', 'run', 'cleanup'],
]);

/** Whether a value has the functions of a plugin and no other field. The values of the rest are checked elsewhere. */
function isWhole(made: unknown): made is ScheduledPlugin {
  if (typeof made !== 'object' || made === null || Array.isArray(made)) return false;
  const { schedules, run, cleanup } = made as Partial<ScheduledPlugin>;
  const areFunctions = typeof schedules === 'function' && typeof run === 'function';
  const isCleanup = cleanup === undefined || typeof cleanup === 'function';
  return areFunctions && isCleanup && Object.keys(made).every((field) => PARTS.has(field));
}

/** A class is none: it can only be called with `new`. */
function isFactory(exported: unknown): exported is PluginFactory<unknown, unknown> {
  return typeof exported === 'function' && !/^class\b/.test(Function.prototype.toString.call(exported));
}

class ModuleGuest implements Guest {
  readonly code = null;
  readonly isSealed = false;
  readonly loadFuel = [];
  readonly #plugin: ScheduledPlugin;
  readonly #source: PluginSource;
  /** That of its factory, if this has one. */
  readonly #configSchema: unknown;
  readonly #flaws: readonly FieldFlaw[];

  constructor(
    plugin: ScheduledPlugin,
    source: PluginSource,
    found: { readonly config: unknown; readonly flaws: readonly FieldFlaw[] },
  ) {
    this.#plugin = plugin;
    this.#source = source;
    this.#configSchema = found.config;
    this.#flaws = found.flaws;
  }

  get hasCleanup(): boolean {
    return typeof this.#plugin.cleanup === 'function';
  }

  declare(): Promise<PluginDeclaration> {
    return declareBy(this.#plugin, this.#configSchema, this.#source, this.#flaws);
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
  if (!('default' in exports)) throw new PluginLoadError(source.module, (await flaws()).noDefaultFlaw(exports));
  return unwrapTranspiled(exports.default);
}

async function importModule(source: PluginSource): Promise<{ readonly default?: unknown }> {
  try {
    return (await import(resolveModule(source.module, source.resolveFrom))) as { readonly default?: unknown };
  } catch (error) {
    throw (await failures()).importError(source, error);
  }
}

/** What a module exports, or what its factory makes of it. Rejects with a `PluginLoadError`. */
export async function makePlugin(exported: unknown, source: PluginSource): Promise<unknown> {
  if (!isFactory(exported)) return exported;
  const { module, tenantId, siteId } = source;
  const place = { ...(tenantId !== undefined && { tenantId }), ...(siteId !== undefined && { siteId }) };
  const schema = schemasOf(exported).options;
  const options = schema === undefined ? source.options : await (await schemas()).checkedOptions(schema, source);
  const install: PluginInstall<unknown> = { module, options, ...place };
  try {
    return await exported(install);
  } catch (error) {
    throw (await failures()).loadError(source, 'its factory failed', error);
  }
}

/** Asks a plugin what it declares. The schema is that of its factory. Rejects with a `PluginLoadError`. */
export async function declareBy(
  plugin: ScheduledPlugin,
  factorySchema: unknown,
  source: PluginSource,
  found: readonly FieldFlaw[] = [],
): Promise<PluginDeclaration> {
  const { declaration, schema } = await declaredBy(plugin, source, found);
  const configSchema = schema ?? factorySchema;
  if (configSchema === undefined) return declaration;
  return { ...declaration, ...(await (await schemas()).checkedConfigs(configSchema, declaration.schedules, source)) };
}

async function declaredBy(
  plugin: ScheduledPlugin,
  source: PluginSource,
  found: readonly FieldFlaw[],
): Promise<{ readonly declaration: PluginDeclaration; readonly schema: unknown }> {
  try {
    const { name, priority, version, description, capabilities, config: schema } = plugin;
    const isAsked = !found.some(({ field }) => field === 'schedules');
    const schedules = isAsked ? await plugin.schedules() : [];
    const about = { name, priority, version, description, capabilities, schedules };
    const flaws = found.map(({ flaw }) => flaw);
    return { declaration: { ...about, ...(flaws.length > 0 && { flaws }) }, schema };
  } catch (error) {
    throw (await failures()).loadError(source, 'its schedules() failed', error);
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
