import { canonicalTimezone } from '../machines/calendar/time-zone.ts';
import { placeOf } from '../machines/run.ts';
import type { Budget, JsonValue, Permissions, PluginFactory, PluginInstall, ScheduledPlugin } from '../plugin.ts';
import type { PluginReference } from '../supervisor/supervisor-config.ts';
import { loadError } from '../workers/guests/load-error.ts';
import type { PluginDeclaration, PluginSource } from '../workers/protocol.ts';

/** A plugin to test: an object or a factory, alone or with the tenant, site, options and permissions of this installation. */
export type VirtualPlugin =
  | ScheduledPlugin
  | PluginFactory
  | {
      readonly plugin: ScheduledPlugin | PluginFactory;
      readonly tenantId?: string;
      readonly siteId?: string;
      /** Passed to the plugin's factory. */
      readonly options?: JsonValue;
      readonly permissions?: Permissions;
      /** As for a real installation; of the budget only `wallMs` and `graceMs` are enforced. */
      readonly timezone?: string;
      readonly budget?: Budget;
      readonly maxConcurrent?: number;
    };

/** The plugins of one virtual process. A plugin is known by its place in the list, where production uses its module. */
export class PluginShelf {
  readonly references: readonly PluginReference[];
  readonly #exports = new Map<string, ScheduledPlugin | PluginFactory>();
  /** The plugins that were made, by the id of their source. */
  readonly #opened = new Map<string, ScheduledPlugin>();

  constructor(plugins: readonly VirtualPlugin[]) {
    this.references = plugins.map((given, index) => {
      const { plugin, timezone, ...install } = 'plugin' in given ? given : { plugin: given, timezone: undefined };
      const module = `plugins[${index}]`;
      this.#exports.set(module, plugin);
      return {
        module,
        resolveFrom: 'memory:',
        options: null,
        ...install,
        ...(timezone !== undefined && { timezone: canonicalTimezone(timezone) }),
      };
    });
  }

  /** Makes the plugin and gets its declaration. Rejects with a `PluginLoadError`, as a pool thread would. */
  async open(source: PluginSource): Promise<PluginDeclaration> {
    const plugin = await this.#make(source);
    this.#opened.set(source.id, plugin);
    try {
      const { name, priority, version, description, capabilities } = plugin;
      const about = { name, priority, version, description, capabilities };
      // Copied, because in production the declaration crosses a thread.
      return structuredClone({ ...about, schedules: await plugin.schedules() });
    } catch (error) {
      throw loadError(source, 'its schedules() failed', error);
    }
  }

  /** The plugin that was opened for a source. */
  get({ id }: PluginSource): ScheduledPlugin {
    const plugin = this.#opened.get(id);
    if (plugin === undefined) throw new TypeError(`no plugin was opened as ${id}`);
    return plugin;
  }

  /** Calls every `cleanup()` once. Resolves with what they threw. */
  async cleanUp(): Promise<readonly unknown[]> {
    const plugins = new Set(this.#opened.values());
    const results = await Promise.allSettled([...plugins].map(async (plugin) => plugin.cleanup?.()));
    return results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  }

  async #make(source: PluginSource): Promise<ScheduledPlugin> {
    const exported = this.#exports.get(source.module);
    if (typeof exported !== 'function') return exported as ScheduledPlugin;
    const { module, options } = source;
    const install: PluginInstall = { module, options, ...placeOf(source) };
    try {
      return await exported(install);
    } catch (error) {
      throw loadError(source, 'its factory failed', error);
    }
  }
}
