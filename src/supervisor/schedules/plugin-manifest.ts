import { placeOf } from '../../machines/run.ts';
import type { Isolation } from '../../workers/protocol.ts';
import type { Manifest, PluginManifest, ScheduleManifest } from '../plugin-reports.ts';
import { type Capabilities, SCHEDULED } from './capabilities.ts';
import type { ScheduleDefinition } from './definition.ts';
import type { InstalledPlugin, PluginRegistry } from './plugin-registry.ts';

type Plugins = Pick<PluginRegistry, 'all' | 'budgetOf'>;

/** What is installed, as its declarations say. Nothing is executed. */
export function manifestOf(plugins: Plugins, capabilities: Capabilities, isolation: Isolation = 'thread'): Manifest {
  const describe = describer(plugins, capabilities, isolation);
  const described = [...plugins.all()].map((plugin): PluginManifest => {
    return { ...describe(plugin), schedules: plugin.definitions.map(scheduleManifest) };
  });
  return { provides: capabilities.own, plugins: described };
}

/** Describes installations that are there now, without their schedules: there may be a hundred thousand. */
export function describer(
  plugins: Plugins,
  capabilities: Capabilities,
  isolation: Isolation = 'thread',
): (plugin: InstalledPlugin) => Omit<PluginManifest, 'schedules'> {
  const all = [...plugins.all()];
  return (plugin) => {
    const { name, about, priority, reference, loadFuel } = plugin;
    const { version, description, provides, requires } = about;
    const { permissions, maxConcurrent } = reference;
    return {
      name,
      ...(version !== undefined && { version }),
      ...(description !== undefined && { description }),
      module: reference.module,
      ...placeOf(reference),
      isolation: reference.isolation ?? isolation,
      priority,
      provides: [...new Set([SCHEDULED, ...provides])],
      requires,
      missing: requires.length === 0 ? [] : capabilities.missing(plugin, all),
      ...(permissions !== undefined && { permissions }),
      budget: plugins.budgetOf(reference),
      ...(maxConcurrent !== undefined && { maxConcurrent }),
      ...(loadFuel !== undefined && { loadFuel }),
    };
  };
}

/** One schedule, as it is declared. */
export function scheduleManifest(definition: ScheduleDefinition): ScheduleManifest {
  const { key, identity, declared, times, locking, isEnabled, budget } = definition;
  return {
    id: identity.scheduleId,
    key,
    ...(declared.description !== undefined && { description: declared.description }),
    cron: times.cron,
    timezone: times.timezone,
    missedRunPolicy: times.missedRunPolicy,
    locking,
    enabled: isEnabled,
    budget,
    ...(declared.watch !== undefined && { watch: declared.watch }),
  };
}
