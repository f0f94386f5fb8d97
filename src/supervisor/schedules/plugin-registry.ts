import { InvalidPluginError, UnknownPluginError } from '../../errors.ts';
import { loadZones } from '../../machines/calendar/time-zone.ts';
import { hintFor } from '../../machines/did-you-mean.ts';
import { placeOf } from '../../machines/run.ts';
import { MAX_PROBLEMS } from '../../wire/declaration-limits.ts';
import type { LoadedPlugin, LoadFuel, PluginDeclaration, PluginSource } from '../../workers/protocol.ts';
import type { Clock } from '../ports/clock.ts';
import type { RunBudget, RunPool } from '../ports/run-pool.ts';
import { Slicer } from '../ports/slicer.ts';
import type { PluginReference } from '../supervisor-config.ts';
import { loadsAgain } from './changing/loads-again.ts';
import type { ScheduleDefinition } from './definition.ts';
import { defineSchedule } from './definition.ts';
import type { PluginAbout } from './plugin-about.ts';
import { type CheckedDeclaration, type DeclarationVerdict, declarationSteps } from './plugin-declaration.ts';
import { SharedTerms } from './shared-terms.ts';

export interface PluginRegistryPorts {
  readonly pool: RunPool;
  readonly clock: Clock;
  readonly timezone: string;
  readonly budget: RunBudget;
  readonly loadTimeoutMs: number;
}

/** A plugin that was loaded and whose declaration is right. */
export interface InstalledPlugin {
  readonly name: string;
  readonly about: PluginAbout;
  readonly priority: number;
  readonly reference: PluginReference;
  readonly source: PluginSource;
  readonly definitions: readonly ScheduleDefinition[];
  readonly loadFuel?: readonly LoadFuel[];
  /** See `LoadedPlugin`. */
  readonly fingerprint?: number;
}

/** The plugins of this node. Their code is loaded by pool threads only; the registry handles their declarations. */
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

  all(): IterableIterator<InstalledPlugin> {
    return this.#installed.values();
  }

  references(): PluginReference[] {
    return [...this.#installed.values()].map(({ reference, name }) => ({ ...reference, name }));
  }

  /** The limits of an installation's runs whose schedules set none. */
  budgetOf({ budget }: PluginReference): RunBudget {
    return { ...this.#ports.budget, ...budget };
  }

  /** All installations with this name, one for each tenant and site. @throws UnknownPluginError if there is none. */
  named(name: string): InstalledPlugin[] {
    const plugins = this.having(name);
    if (plugins.length > 0) return plugins;
    const names = [...this.#installed.values()].map((plugin) => plugin.name);
    throw new UnknownPluginError(name, hintFor(name, names));
  }

  /** The same, or nothing. */
  having(name: string): InstalledPlugin[] {
    return [...this.#installed.values()].filter((plugin) => plugin.name === name);
  }

  /** Loads and checks a plugin without installing it. @throws PluginLoadError @throws InvalidPluginError */
  load(reference: PluginReference): Promise<InstalledPlugin> {
    const asked = this.#sourceOf(reference);
    return this.#accept(reference, asked, this.#ports.pool.load(asked, this.#ports.loadTimeoutMs));
  }

  /** Does the same from the modules' files, which may have changed since they were loaded. */
  loadAfresh(references: readonly PluginReference[]): Promise<InstalledPlugin>[] {
    const asked = references.map((reference) => ({ reference, source: this.#sourceOf(reference) }));
    const sources = asked.map(({ source }) => source);
    const loads = this.#ports.pool.loadAfresh(sources, this.#ports.loadTimeoutMs);
    return asked.map(({ reference, source }, index) => this.#accept(reference, source, loads[index]));
  }

  /** Loads new versions of these plugins, in their order. Rejects with the first reason why that is not possible. */
  async loadAgain(plugins: readonly InstalledPlugin[]): Promise<InstalledPlugin[]> {
    const results = await Promise.allSettled(loadsAgain(plugins, this, this.#ports.pool));
    const loaded = results.filter((result) => result.status === 'fulfilled').map(({ value }) => value);
    const failed = results.find((result) => result.status === 'rejected');
    if (failed === undefined) return loaded;
    this.#giveUp(loaded);
    doubt(plugins);
    throw failed.reason;
  }

  /** Installs a loaded plugin. @throws InvalidPluginError if its tenant and site have a plugin with its name. */
  install(plugin: InstalledPlugin): void {
    this.checkSeats([plugin], []);
    this.#installed.set(seatOf(plugin), plugin);
  }

  /** @throws InvalidPluginError if another plugin than these, which go, has the name of one that comes. */
  checkSeats(coming: readonly InstalledPlugin[], going: readonly InstalledPlugin[]): void {
    for (const plugin of coming) {
      const present = this.#installed.get(seatOf(plugin));
      if (present === undefined || going.includes(present)) continue;
      const taken = `Plugin "${plugin.name}": its name is already used by ${present.reference.module}`;
      throw new InvalidPluginError(plugin.name, [`${taken}: it must be unique for its tenant and site.`]);
    }
  }

  /** Puts a new version in the place of an old one. The new one may have another name, which is free: see `checkSeats`. */
  replace(old: InstalledPlugin, plugin: InstalledPlugin): void {
    this.#installed.delete(seatOf(old));
    this.#installed.set(seatOf(plugin), plugin);
  }

  uninstall(plugin: InstalledPlugin): void {
    this.#installed.delete(seatOf(plugin));
  }

  /**
   * Does something with plugins that were loaded. If it throws, those that are not installed then are given up, and the
   * `present` versions of them go on.
   */
  attempt(loaded: readonly InstalledPlugin[], work: () => void, present: readonly InstalledPlugin[] = []): void {
    try {
      work();
    } catch (error) {
      this.#giveUp(loaded);
      doubt(present);
      throw error;
    }
  }

  /** These plugins do not run any more. A worker keeps what it has imported of a module, and is replaced. */
  retire(plugins: readonly InstalledPlugin[]): void {
    this.#giveUp(plugins);
    const modules = plugins.filter(({ source }) => source.isSealed !== true);
    const byKind = new Map(modules.map(({ source }) => [source.isolation, source]));
    for (const source of byKind.values()) this.#ports.pool.recycle(source);
  }

  #giveUp(plugins: readonly InstalledPlugin[]): void {
    const installed = new Set(this.#installed.values());
    for (const plugin of plugins) if (!installed.has(plugin)) this.#ports.pool.unload(plugin.source);
  }

  async #accept(
    reference: PluginReference,
    asked: PluginSource,
    loading: Promise<LoadedPlugin> | undefined,
  ): Promise<InstalledPlugin> {
    try {
      const { code, isSealed, loadFuel, fingerprint, ...declaration } = (await loading) as LoadedPlugin;
      const source = { ...asked, ...(code && { code }), ...(isSealed && { isSealed }) };
      const checked = await this.#check(declaration, reference.module);
      if (!('name' in checked)) throw new InvalidPluginError(reference.module, checked);
      const { name, about, priority } = checked;
      const definitions = await this.#define(checked, reference, source);
      const marks = { ...(loadFuel && { loadFuel }), ...(fingerprint !== undefined && { fingerprint }) };
      return { name, about, priority, reference, source, definitions, ...marks };
    } catch (error) {
      // The thread may have kept a guest that is refused.
      this.#ports.pool.unload(asked);
      throw error;
    }
  }

  /** In slices, as it is defined: no tick must wait for all of them. */
  async #check(declaration: PluginDeclaration, module: string): Promise<DeclarationVerdict> {
    const slicer = new Slicer(this.#ports.clock);
    const steps = declarationSteps(declaration, module.slice(module.lastIndexOf('/') + 1));
    for (;;) {
      const { done, value } = steps.next();
      if (done === true) return value;
      if (slicer.step()) await slicer.pause();
    }
  }

  #sourceOf(reference: PluginReference): PluginSource {
    const { module, resolveFrom, options, permissions, maxConcurrent, isolation, instance } = reference;
    this.#lastSourceId += 1;
    const id = `plugin-${this.#lastSourceId}`;
    return {
      id,
      module,
      resolveFrom,
      options,
      ...placeOf(reference),
      ...(permissions !== undefined && { permissions }),
      ...(maxConcurrent !== undefined && { maxConcurrent }),
      ...(isolation !== undefined && { isolation }),
      ...(instance !== undefined && { instance }),
      ...(this.budgetOf(reference).fuel === Number.POSITIVE_INFINITY && { isUnmetered: true }),
    };
  }

  /** In slices, because a plugin may declare ten thousand schedules and no tick must wait for all of them. */
  async #define(
    { name, priority, schedules }: CheckedDeclaration,
    reference: PluginReference,
    source: PluginSource,
  ): Promise<ScheduleDefinition[]> {
    const { clock } = this.#ports;
    const { timezone = this.#ports.timezone } = reference;
    const budget = this.budgetOf(reference);
    await loadZones(schedules.map((declared) => declared.timezone ?? timezone));
    const shared = new SharedTerms({ plugin: name, priority, source, timezone, budget });
    const defaults = { plugin: name, source, nowMs: clock.nowMs() };
    const slicer = new Slicer(clock);
    const definitions: ScheduleDefinition[] = [];
    const problems: string[] = [];
    for (const declared of schedules) {
      const defined = defineSchedule(declared, shared, defaults);
      if ('key' in defined) definitions.push(defined);
      else problems.push(...defined);
      if (problems.length >= MAX_PROBLEMS) break;
      if (slicer.isUsedUp) await slicer.pause();
    }
    if (problems.length > 0) throw new InvalidPluginError(name, problems);
    return definitions;
  }
}

/** A later version was refused, and threads that load these anew may find it on disk. Code that threads share is theirs. */
function doubt(plugins: readonly InstalledPlugin[]): void {
  for (const { source, fingerprint } of plugins) {
    if (source.code === undefined && fingerprint !== undefined) source.mustDeclare = fingerprint;
  }
}

/** One plugin may be installed once for each tenant and site; the JSON text keeps the three parts apart. */
function seatOf({ name, source }: InstalledPlugin): string {
  return JSON.stringify([name, source.tenantId ?? null, source.siteId ?? null]);
}
