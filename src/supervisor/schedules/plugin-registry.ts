import { InvalidPluginError, UnknownPluginError } from '../../errors.ts';
import { hintFor } from '../../machines/did-you-mean.ts';
import type { PluginDeclaration, PluginSource } from '../../workers/protocol.ts';
import type { Clock } from '../ports/clock.ts';
import type { RunBudget, RunPool } from '../ports/run-pool.ts';
import { Slicer } from '../ports/slicer.ts';
import type { PluginReference } from '../supervisor-config.ts';
import { Calendars, defineSchedule } from './definition.ts';
import { type CheckedDeclaration, checkDeclaration } from './plugin-declaration.ts';
import type { ScheduleDefinition } from './registry.ts';

export interface PluginRegistryPorts {
  readonly pool: RunPool;
  readonly clock: Clock;
  readonly timezone: string;
  readonly budget: RunBudget;
  readonly loadTimeoutMs: number;
}

/** A plugin whose declaration was accepted. */
export interface InstalledPlugin {
  readonly name: string;
  readonly reference: PluginReference;
  readonly source: PluginSource;
  readonly definitions: readonly ScheduleDefinition[];
}

/** The plugins of this node. Code is loaded in the pool only; here arrive declarations. */
export class PluginRegistry {
  readonly #ports: PluginRegistryPorts;
  readonly #installed = new Map<string, InstalledPlugin>();
  #lastSourceId = 0;

  constructor(ports: PluginRegistryPorts) {
    this.#ports = ports;
  }

  get size(): number {
    return this.#installed.size;
  }

  references(): PluginReference[] {
    return [...this.#installed.values()].map(({ reference }) => reference);
  }

  /** Every installation of the name: one a tenant and site. Throws an `UnknownPluginError` when there is none. */
  named(name: string): InstalledPlugin[] {
    const plugins = [...this.#installed.values()].filter((plugin) => plugin.name === name);
    if (plugins.length > 0) return plugins;
    const names = [...this.#installed.values()].map((plugin) => plugin.name);
    throw new UnknownPluginError(name, hintFor(name, names));
  }

  /** Loads and checks a plugin without installing it. Rejects with a `PluginLoadError` or an `InvalidPluginError`. */
  load(reference: PluginReference): Promise<InstalledPlugin> {
    return this.#load(reference, (source) => this.#ports.pool.load(source, this.#ports.loadTimeoutMs));
  }

  /** The same for a plugin whose module may have changed since it was loaded. */
  loadAfresh(reference: PluginReference): Promise<InstalledPlugin> {
    return this.#load(reference, (source) => this.#ports.pool.loadAfresh(source, this.#ports.loadTimeoutMs));
  }

  /** Makes a loaded plugin the one of its name and place. Throws an `InvalidPluginError` if they are taken. */
  install(plugin: InstalledPlugin): void {
    const present = this.#installed.get(placeOf(plugin));
    if (present !== undefined) {
      const taken = `Plugin "${plugin.name}": its name is already used by ${present.reference.module}`;
      throw new InvalidPluginError(plugin.name, [`${taken}: it must be unique for its tenant and site.`]);
    }
    this.#installed.set(placeOf(plugin), plugin);
  }

  /** Puts a new version in the place of a present one. */
  replace(old: InstalledPlugin, plugin: InstalledPlugin): void {
    if (placeOf(old) !== placeOf(plugin)) this.install(plugin);
    this.#installed.delete(placeOf(old));
    this.#installed.set(placeOf(plugin), plugin);
  }

  uninstall(plugin: InstalledPlugin): void {
    this.#installed.delete(placeOf(plugin));
  }

  async #load(
    reference: PluginReference,
    declare: (source: PluginSource) => Promise<PluginDeclaration>,
  ): Promise<InstalledPlugin> {
    this.#lastSourceId += 1;
    const { module, resolveFrom, tenantId, siteId, options } = reference;
    const place = { ...(tenantId !== undefined && { tenantId }), ...(siteId !== undefined && { siteId }) };
    const source: PluginSource = { id: `plugin-${this.#lastSourceId}`, module, resolveFrom, options, ...place };
    const checked = checkDeclaration(await declare(source));
    if (!('name' in checked)) throw new InvalidPluginError(module, checked);
    return { name: checked.name, reference, source, definitions: await this.#define(checked, source) };
  }

  async #define(checked: CheckedDeclaration, source: PluginSource): Promise<ScheduleDefinition[]> {
    const { timezone, budget, clock } = this.#ports;
    const { name: plugin, priority } = checked;
    const calendars = new Calendars();
    const defaults = { plugin, priority, source, timezone, budget, calendars, nowMs: clock.nowMs() };
    const slicer = new Slicer(clock);
    const definitions: ScheduleDefinition[] = [];
    const problems: string[] = [];
    for (const declared of checked.schedules) {
      const defined = defineSchedule(declared, defaults);
      if (typeof defined === 'string') problems.push(defined);
      else definitions.push(defined);
      await slicer.pause();
    }
    if (problems.length > 0) throw new InvalidPluginError(checked.name, problems);
    return definitions;
  }
}

function placeOf({ name, source }: InstalledPlugin): string {
  return JSON.stringify([name, source.tenantId ?? null, source.siteId ?? null]);
}
