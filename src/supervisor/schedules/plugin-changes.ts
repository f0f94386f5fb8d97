/**
 * Plugins that come, change and go, and their schedules with them. Everything is checked before it takes effect: a
 * plugin that is refused changes nothing, and after a refused reload the old version goes on.
 */
import { EscapementError, InvalidPluginError, PluginRequiredError, PluginsRefusedError } from '../../errors.ts';
import { installationName } from '../../machines/run.ts';
import { errorRecord } from '../../wire/error-record.ts';
import type { ReloadReport } from '../plugin-reports.ts';
import type { Logger } from '../ports/logger.ts';
import type { RunPool } from '../ports/run-pool.ts';
import type { SupervisorEvent } from '../protocol.ts';
import type { RefusedPlugin } from '../scheduler-reports.ts';
import type { PluginReference, SupervisorConfig } from '../supervisor-config.ts';
import type { Capabilities } from './capabilities.ts';
import { LostPlugins, lostWarning } from './changing/lost-plugins.ts';
import { NewSchedules, type NewSchedulesParts } from './changing/new-schedules.ts';
import { PluginTurns } from './changing/plugin-turns.ts';
import type { ScheduleDefinition } from './definition.ts';
import type { LiveSchedule } from './live-schedule.ts';
import type { InstalledPlugin, PluginRegistry } from './plugin-registry.ts';
import { scheduleChanges } from './schedule-changes.ts';

/** What runs the schedules of installed plugins. */
export type ScheduleRunner = NewSchedulesParts['runner'] & {
  replace(schedule: LiveSchedule, definition: ScheduleDefinition): void;
  remove(schedule: LiveSchedule): void;
  find(key: string): LiveSchedule | undefined;
};

export interface PluginChangesParts extends NewSchedulesParts {
  readonly pool: RunPool;
  readonly log: Logger;
  readonly plugins: PluginRegistry;
  readonly capabilities: Capabilities;
  readonly runner: ScheduleRunner;
  /** Called at the start with all that is declared, before it is added. Nothing starts if it rejects. */
  readonly declared: (definitions: readonly ScheduleDefinition[]) => Promise<void>;
  readonly emit: (event: SupervisorEvent) => void;
}

/** What there is to load at a start. */
type ConfiguredPlugins = Pick<SupervisorConfig, 'plugins' | 'onPluginError' | 'isTakeover' | 'starts'>;

/** The keys that a plugin has now, and what has become of those that it had. */
interface Reloaded {
  readonly keys: readonly string[];
  readonly report: ReloadReport;
}

export class PluginChanges {
  readonly #parts: PluginChangesParts;
  readonly #refused: RefusedPlugin[] = [];
  /** Modules that were refused when they were last loaded. Threads may still have what they read of them. */
  readonly #refusedModules = new Set<string>();
  readonly #lost = new LostPlugins();
  readonly #turns = new PluginTurns();
  readonly #new: NewSchedules;

  constructor(parts: PluginChangesParts) {
    this.#parts = parts;
    this.#new = new NewSchedules(parts);
  }

  /** The plugins that could not be loaded at start. */
  get refused(): readonly RefusedPlugin[] {
    return this.#refused;
  }

  /** Loads the plugins of the configuration and adds their schedules. @throws PluginsRefusedError, but not in a takeover */
  async loadAll({ plugins, onPluginError, isTakeover = false, starts = new Map() }: ConfiguredPlugins): Promise<void> {
    const results = await Promise.all(plugins.map((reference) => this.#tryLoad(reference)));
    const errors = results.filter((result) => result instanceof EscapementError);
    if (isTakeover) this.#goOn(plugins.filter((_, index) => results[index] instanceof EscapementError));
    else errors.push(...this.#refuseIncapable());
    if (errors.length > 0 && onPluginError === 'throw' && !isTakeover) throw new PluginsRefusedError(errors);
    const loaded = [...this.#parts.plugins.all()];
    await this.#parts.declared(loaded.flatMap(({ definitions }) => definitions));
    const earlier = isTakeover ? starts : undefined;
    for (const { definitions } of loaded) await this.#new.add(definitions, earlier);
  }

  /** Queues the schedules of every plugin that was loaded. */
  async planAll(): Promise<void> {
    await this.#new.plan();
    this.#announce();
  }

  /** It waits for other changes of this plugin once its name is known. */
  async install(reference: PluginReference): Promise<readonly string[]> {
    try {
      const plugin = await this.#load(reference);
      return await this.#turns.take(plugin.name, () => this.#install(plugin));
    } catch (error) {
      this.#refusedModules.add(reference.module);
      throw error;
    }
  }

  /** Loads the plugin's module anew, for every tenant and site that has it. Waits for other changes of the plugin. */
  reload(name: string): Promise<Reloaded> {
    return this.#turns.take(name, () => this.#reload(name));
  }

  /** What another one requires stays, unless forced. One that is lost goes too. Waits. @throws PluginRequiredError */
  uninstall(name: string, isForced: boolean): Promise<void> {
    return this.#turns.take(name, async () => this.#uninstall(name, isForced));
  }

  async #reload(name: string): Promise<Reloaded> {
    const { plugins, capabilities } = this.#parts;
    const present = plugins.named(name);
    const loaded = await plugins.loadAgain(present);
    const change = (): void => {
      plugins.checkSeats(loaded, present);
      const others = [...plugins.all()].filter((plugin) => !present.includes(plugin));
      for (const plugin of loaded) capabilities.check(plugin, [...others, ...loaded]);
      capabilities.checkReload(name, { from: [...others, ...present], to: [...others, ...loaded] });
      for (const [index, plugin] of loaded.entries()) this.#replace(present[index] as InstalledPlugin, plugin);
    };
    plugins.attempt(loaded, change, present);
    plugins.retire(present);
    const report = scheduleChanges(present.flatMap(definitionsOf), loaded.flatMap(definitionsOf));
    return { keys: loaded.flatMap(keysOf), report };
  }

  #uninstall(name: string, isForced: boolean): void {
    const { plugins, capabilities } = this.#parts;
    const lost = this.#lost.named(name);
    const going = lost.length === 0 ? plugins.named(name) : plugins.having(name);
    const others = [...plugins.all()].filter((plugin) => !going.includes(plugin));
    const required = capabilities.lossesOf({ from: [...others, ...going], to: others });
    if (required.length > 0 && !isForced) throw new PluginRequiredError(name, required);
    for (const plugin of going) {
      plugins.uninstall(plugin);
      for (const key of keysOf(plugin)) this.#remove(key);
    }
    plugins.retire(going);
    this.#lost.giveUp(name);
    for (const reference of lost) this.#parts.known.forgetOf(installationName(name, reference));
    this.#announce();
    if (required.length > 0) this.#reportIncapable();
  }

  /** A module that was refused is read anew, because its file may be right by now. */
  #load(reference: PluginReference): Promise<InstalledPlugin> {
    const { plugins } = this.#parts;
    const isStale = this.#refusedModules.has(reference.module);
    return (isStale ? plugins.loadAfresh([reference])[0] : undefined) ?? plugins.load(reference);
  }

  async #install(plugin: InstalledPlugin): Promise<readonly string[]> {
    const { plugins, pool, capabilities } = this.#parts;
    const { reference } = plugin;
    plugins.attempt([plugin], () => {
      capabilities.check(plugin, plugins.all());
      plugins.install(plugin);
    });
    if (this.#refusedModules.delete(reference.module) && !plugin.source.isSealed) pool.recycle();
    this.#lost.found(reference);
    await this.#new.add(plugin.definitions);
    await this.#new.plan();
    this.#announce();
    return keysOf(plugin);
  }

  async #tryLoad(reference: PluginReference): Promise<InstalledPlugin | EscapementError> {
    const { plugins } = this.#parts;
    try {
      const plugin = await plugins.load(reference);
      plugins.attempt([plugin], () => plugins.install(plugin));
      return plugin;
    } catch (error) {
      // Any other error is a bug of the supervisor, and must not pass for a plugin's fault.
      if (!(error instanceof EscapementError)) throw error;
      this.#refuse(reference, error);
      return error;
    }
  }

  /** A plugin may require what others provide, so all are loaded by now. One that is refused provides nothing. */
  #refuseIncapable(): EscapementError[] {
    const { plugins, pool, capabilities } = this.#parts;
    for (const plugin of plugins.all()) {
      const problems = capabilities.problemsOf(plugin, plugins.all());
      if (problems.length === 0) continue;
      const error = new InvalidPluginError(plugin.name, problems);
      plugins.uninstall(plugin);
      pool.unload(plugin.source);
      this.#refuse(plugin.reference, error);
      return [error, ...this.#refuseIncapable()];
    }
    return [];
  }

  /**
   * What a plugin requires may go after it was installed, and the plugin goes on. So it does when the supervisor thread
   * is replaced, which must not end what had been running.
   */
  #reportIncapable(): void {
    const { plugins, capabilities, log } = this.#parts;
    for (const plugin of plugins.all()) {
      const missing = capabilities.missing(plugin, plugins.all());
      if (missing.length > 0) log.warn({ plugin: plugin.name, missing }, 'plugin goes on without what it requires');
    }
  }

  /** The host runs already, so the others go on. The supervisor threads that follow try the plugins that are lost now. */
  #goOn(lost: readonly PluginReference[]): void {
    this.#lost.lose(lost);
    for (const { error } of this.#refused) this.#parts.emit({ type: 'warning', event: lostWarning(error) });
    this.#reportIncapable();
  }

  #refuse({ module }: PluginReference, error: EscapementError): void {
    this.#refused.push({ module, error: errorRecord(error) });
    this.#refusedModules.add(module);
    this.#parts.log.error({ module, error: error.message }, 'plugin refused');
  }

  #replace(old: InstalledPlugin, plugin: InstalledPlugin): void {
    const { plugins, runner, known } = this.#parts;
    plugins.replace(old, plugin);
    const kept = new Set(keysOf(plugin));
    for (const key of keysOf(old)) if (!kept.has(key)) this.#remove(key);
    for (const definition of plugin.definitions) {
      const schedule = runner.find(definition.key);
      if (schedule === undefined) runner.plan(runner.add(definition, known.take(definition.key)));
      else runner.replace(schedule, definition);
    }
  }

  #remove(key: string): void {
    const { runner } = this.#parts;
    const schedule = runner.find(key);
    if (schedule !== undefined) runner.remove(schedule);
  }

  /** Tells the host what is installed now, so that a supervisor thread that follows this one can install it again. */
  #announce(): void {
    this.#parts.emit({ type: 'plugins', event: [...this.#parts.plugins.references(), ...this.#lost.references] });
  }
}

function definitionsOf({ definitions }: InstalledPlugin): readonly ScheduleDefinition[] {
  return definitions;
}

function keysOf({ definitions }: InstalledPlugin): string[] {
  return definitions.map(({ key }) => key);
}
