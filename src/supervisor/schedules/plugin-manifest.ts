import { placeOf } from '../../machines/run.ts';
import type { Isolation } from '../../workers/protocol.ts';
import type { Manifest, PluginManifest, ScheduleManifest } from '../plugin-reports.ts';
import { type Capabilities, SCHEDULED } from './capabilities.ts';
import type { ScheduleDefinition } from './definition.ts';
import type { PluginRegistry } from './plugin-registry.ts';

/** What is installed, as its declarations say. Nothing is executed. */
export function manifestOf(
  plugins: Pick<PluginRegistry, 'all' | 'budgetOf'>,
  capabilities: Capabilities,
  isolation: Isolation = 'thread',
): Manifest {
  const all = [...plugins.all()];
  const described = all.map((plugin): PluginManifest => {
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
      missing: capabilities.missing(plugin, all),
      ...(permissions !== undefined && { permissions }),
      budget: plugins.budgetOf(reference),
      ...(maxConcurrent !== undefined && { maxConcurrent }),
      ...(loadFuel !== undefined && { loadFuel }),
      schedules: plugin.definitions.map(scheduleManifest),
    };
  });
  return { provides: capabilities.own, plugins: described };
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
