import { canonicalTimezone } from '../../machines/calendar/time-zone.ts';
import type {
  Budget,
  JsonValue,
  Permissions,
  PluginFactory,
  PluginSchemas,
  ScheduledPlugin,
  ScheduledRunContext,
} from '../../plugin.ts';
import type { PluginReference } from '../../supervisor/supervisor-config.ts';
import type { Guest } from '../../workers/guest.ts';
import { loadError } from '../../workers/guests/load-error.ts';
import { declareBy, makePlugin, schemasOf } from '../../workers/guests/module.ts';
import { openGuest } from '../../workers/guests/open-guest.ts';
import type { LoadedPlugin, PluginSource } from '../../workers/protocol.ts';
import { ReplayedGuest, type VirtualCall } from './replayed-guest.ts';

/** For whom a plugin is installed, and with which options: as for a real installation. */
interface VirtualInstall {
  readonly tenantId?: string;
  readonly siteId?: string;
  /** Passed to the plugin's factory. */
  readonly options?: JsonValue;
  readonly permissions?: Permissions;
  readonly timezone?: string;
  /** Of the budget only `wallMs` and `graceMs` are enforced. */
  readonly budget?: Budget;
  readonly maxConcurrent?: number;
}

/** A plugin to test: an object or a factory, alone or as it is installed; or a WASM guest. */
export type VirtualPlugin = VirtualModule | (VirtualInstall & { readonly plugin: VirtualModule }) | VirtualGuest;

/** What a plugin module exports. */
export type VirtualModule = ScheduledPlugin | PluginFactory | DefinedPlugin | DefinedFactory;

/** What `definePlugin()` has returned, whatever its config and its host are. */
export interface DefinedPlugin extends Omit<ScheduledPlugin<unknown, unknown>, 'run'> {
  /** Its type is no signature, so that the parameter of a `run()` that is written here gets that of `ScheduledPlugin`. */
  readonly run: CallableFunction;
}

/** The same for a factory, whatever its options are. */
export type DefinedFactory = CallableFunction & PluginSchemas;

/** A WASM guest to test, by its file. */
export interface VirtualGuest extends VirtualInstall {
  /** A `file:` URL. */
  readonly wasm: string | URL;
  /** Whether each run gets an instance of its own. Default: fresh. */
  readonly instance?: 'fresh' | 'kept';
}

/** Calls the `run()` of a plugin, whatever it is. */
export type CallRun = (ctx: ScheduledRunContext, call: VirtualCall) => unknown;

/** The plugins of one virtual process. A plugin is known by its place in the list, where production uses its module. */
export class PluginShelf {
  readonly references: readonly PluginReference[];
  readonly #exports = new Map<string, VirtualModule>();
  /** The plugins that were made, by the id of their source. */
  readonly #opened = new Map<string, ScheduledPlugin | Guest>();
  /** How guests are run, by the id of their source. */
  readonly #runs = new Map<string, ReplayedGuest>();
  /** The files of guests, by module. */
  readonly #guests = new Map<string, string>();

  constructor(plugins: readonly VirtualPlugin[]) {
    this.references = plugins.map((given, index) => {
      const module = `plugins[${index}]`;
      if ('wasm' in given) {
        const { wasm, ...install } = given;
        this.#guests.set(module, String(wasm));
        return referenceOf(module, install);
      }
      const { plugin, ...install } = 'plugin' in given ? given : { plugin: given };
      this.#exports.set(module, plugin);
      return referenceOf(module, install);
    });
  }

  /** Makes the plugin and gets its declaration. Rejects with a `PluginLoadError`, as a pool thread would. */
  async open(source: PluginSource): Promise<LoadedPlugin> {
    const file = this.#guests.get(source.module);
    if (file !== undefined) return await this.#openGuest({ ...source, module: file });
    const exported = this.#exports.get(source.module);
    const plugin = (await makePlugin(exported, source)) as ScheduledPlugin;
    this.#opened.set(source.id, plugin);
    const declaration = await declareBy(plugin, schemasOf(exported).config, source);
    try {
      // Copied, because in production the declaration crosses a thread.
      return structuredClone(declaration);
    } catch (error) {
      throw loadError(source, 'its schedules() failed', error);
    }
  }

  /** Calls the plugin that was opened for a source. */
  runOf({ id }: PluginSource): CallRun {
    const plugin = this.#opened.get(id);
    if (plugin === undefined) throw new TypeError(`no plugin was opened as ${id}`);
    const guest = this.#runs.get(id);
    if (guest !== undefined) return (ctx, call) => guest.run(ctx, call);
    if ('declare' in plugin) throw new TypeError(`the guest ${id} is not known`);
    // A module is given its context and nothing else.
    return (ctx) => plugin.run(ctx);
  }

  /** Calls every `cleanup()` once. Resolves with what they threw. */
  async cleanUp(): Promise<readonly unknown[]> {
    const plugins = new Set(this.#opened.values());
    const results = await Promise.allSettled([...plugins].map(async (plugin) => plugin.cleanup?.()));
    return results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  }

  async #openGuest(source: PluginSource): Promise<LoadedPlugin> {
    const guest = await openGuest(source);
    this.#opened.set(source.id, guest);
    this.#runs.set(source.id, new ReplayedGuest(guest, source.instance));
    const declaration = await guest.declare();
    return { ...declaration, ...(guest.loadFuel.length > 0 && { loadFuel: guest.loadFuel }) };
  }
}

function referenceOf(module: string, { timezone, ...install }: Omit<VirtualGuest, 'wasm'>): PluginReference {
  const zone = timezone === undefined ? {} : { timezone: canonicalTimezone(timezone) };
  return { module, resolveFrom: 'memory:', options: null, ...install, ...zone };
}
