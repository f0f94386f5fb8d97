/** What plugins require, and who provides it. */
import { InvalidPluginError, type RequiredCapability } from '../../errors.ts';
import { BUILT_IN_FUNCTIONS, builtInFunctionOf } from '../../machines/calling/built-in-functions.ts';
import { hintFor } from '../../machines/did-you-mean.ts';
import { installationName, type Place } from '../../machines/run.ts';
import type { PluginAbout } from './plugin-about.ts';

/** Provided by every plugin. */
export const SCHEDULED = 'scheduled';
const LOCKING = 'locking';
/** Begins the names of functions on `ctx.host`. */
const HOST = 'host.';

/** What decides what a scheduler provides. */
export interface SchedulerCapabilities {
  /** Whether an occurrence is claimed among nodes: by a lock backend, or by a store that nodes share. */
  readonly hasLocks: boolean;
  /** Whether the store keeps what plugins put into `ctx.host.kv`. */
  readonly hasKv: boolean;
  /** Names of the functions on `ctx.host` that are not built in. */
  readonly hostFunctions: readonly string[];
  /** Whether plugins are only loaded and checked: then what is missing is reported, and nothing is refused. */
  readonly isDryRun: boolean;
}

/** A plugin, as far as its capabilities are concerned. */
export interface CapablePlugin {
  readonly name: string;
  readonly reference: Place;
  readonly about: Pick<PluginAbout, 'provides' | 'requires'>;
}

/** All plugins that are installed before a change and after it. */
interface PluginsChange {
  readonly from: readonly CapablePlugin[];
  readonly to: readonly CapablePlugin[];
}

export class Capabilities {
  /** What the scheduler itself provides. */
  readonly own: readonly string[];
  readonly #refuses: boolean;

  constructor({ hasLocks, hasKv, hostFunctions, isDryRun }: SchedulerCapabilities) {
    const builtIn = BUILT_IN_FUNCTIONS.filter((name) => hasKv || name !== 'kv');
    this.own = [...(hasLocks ? [LOCKING] : []), ...[...builtIn, ...hostFunctions].map((name) => `${HOST}${name}`)];
    this.#refuses = !isDryRun;
  }

  /** What the plugin requires and neither the scheduler nor one of these plugins provides. */
  missing({ about }: CapablePlugin, installed: Iterable<CapablePlugin>): string[] {
    const provided = this.#provided(installed);
    return about.requires.filter((name) => !provided.has(name));
  }

  /** Why the plugin is refused beside these plugins, one sentence for each capability that is missing. */
  problemsOf(plugin: CapablePlugin, installed: Iterable<CapablePlugin>): string[] {
    if (!this.#refuses || plugin.about.requires.length === 0) return [];
    const all = [...installed, plugin];
    const missing = this.missing(plugin, all);
    const provided = this.#provided(all);
    return missing.map(
      (name) => `Plugin "${plugin.name}" requires the capability "${name}", which ${remedyFor(name, provided)}.`,
    );
  }

  /** @throws InvalidPluginError for a plugin that lacks something beside these plugins. */
  check(plugin: CapablePlugin, installed: Iterable<CapablePlugin>): void {
    const problems = this.problemsOf(plugin, installed);
    if (problems.length > 0) throw new InvalidPluginError(plugin.name, problems);
  }

  /** @throws InvalidPluginError for a new version that does not provide what other plugins rely on. */
  checkReload(name: string, change: PluginsChange): void {
    const problems = this.lossesOf(change).map(({ capability, by }) => {
      const who = by.map((each) => `"${each}"`).join(', ');
      return `Plugin "${name}" no longer provides the capability "${capability}", which is required by ${who}.`;
    });
    if (problems.length > 0) throw new InvalidPluginError(name, problems);
  }

  /** What plugins require and would lose, and which plugins they are. */
  lossesOf(change: PluginsChange): RequiredCapability[] {
    const before = this.#provided(change.from);
    const after = this.#provided(change.to);
    const byName = new Map<string, string[]>();
    for (const { name, reference, about } of this.#refuses ? change.to : []) {
      for (const capability of about.requires) {
        if (after.has(capability) || !before.has(capability)) continue;
        const by = byName.get(capability) ?? [];
        byName.set(capability, [...by, installationName(name, reference)]);
      }
    }
    return [...byName].map(([capability, by]) => ({ capability, by: by.sort() }));
  }

  #provided(installed: Iterable<CapablePlugin>): Set<string> {
    const provided = new Set([SCHEDULED, ...this.own]);
    for (const { about } of installed) for (const name of about.provides) provided.add(name);
    return provided;
  }
}

function remedyFor(name: string, provided: Iterable<string>): string {
  if (name === LOCKING) return 'needs a lock backend (option "locking") or a store that nodes share';
  if (name.startsWith(HOST)) return remedyForFunction(name.slice(HOST.length));
  return `nothing provides${hintFor(name, provided)}`.replace(/\?$/, '');
}

function remedyForFunction(name: string): string {
  const builtIn = builtInFunctionOf(name);
  if (builtIn === undefined) return `needs a function "${name}" in the option "hostFunctions"`;
  return builtIn === name ? 'needs a store with the method "kv"' : `is part of "${HOST}${builtIn}"`;
}
