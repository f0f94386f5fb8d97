import { installationName } from '../../../machines/run.ts';
import type { PluginPage, PluginQuery, PluginSummary } from '../../operator-reports.ts';
import { Slicer } from '../../ports/slicer.ts';
import type { ScheduleDefinition } from '../../schedules/definition.ts';
import { scheduleManifest } from '../../schedules/plugin-manifest.ts';
import type { InstalledPlugin } from '../../schedules/plugin-registry.ts';
import type { OperatedNode } from '../operated-node.ts';
import { sortedInSlices } from './sorting.ts';

/** How many names and how many tenants a page has: more are too many to choose from. */
const MAX_CHOICES = 1_000;

type Node = Pick<OperatedNode, 'clock' | 'plugins' | 'provides' | 'describer'> & {
  readonly engine: { readonly schedules: Pick<OperatedNode['engine']['schedules'], 'find'> };
};

/** A plugin with the name that its schedules' keys begin with. */
interface NamedPlugin {
  readonly plugin: InstalledPlugin;
  readonly installation: string;
}

/** A page of what is installed, in the order of its names, in slices: plugins are loaded in any order. */
export async function pluginPage(node: Node, query: PluginQuery): Promise<PluginPage> {
  const { offset = 0, limit = 100, schedules = 10, keys } = query;
  const slicer = new Slicer(node.clock);
  const wanted = keys === undefined ? null : definitionsOf(node, keys);
  const [names, tenantIds] = [new Set<string>(), new Set<string>()];
  const matching: NamedPlugin[] = [];
  for (const plugin of [...node.plugins.all()]) {
    const { tenantId } = plugin.reference;
    if (names.size < MAX_CHOICES) names.add(plugin.name);
    if (tenantId !== undefined && tenantIds.size < MAX_CHOICES) tenantIds.add(tenantId);
    if (wanted === null || wanted.has(plugin.source))
      matching.push({ plugin, installation: installationName(plugin.name, plugin.reference) });
    if (slicer.step()) await slicer.pause();
  }
  const ordered = await sortedInSlices(matching, byName, slicer);
  const describe = node.describer();
  const plugins: PluginSummary[] = [];
  for (const { plugin } of ordered.slice(offset, offset + limit)) {
    const { definitions, source } = plugin;
    const described = wanted?.get(source) ?? definitions.slice(0, schedules);
    plugins.push({
      ...describe(plugin),
      scheduleCount: definitions.length,
      schedules: described.map(scheduleManifest),
    });
    await slicer.pause();
  }
  const choices = { names: [...names], tenantIds: [...tenantIds] };
  return { provides: node.provides, ...choices, total: matching.length, offset, plugins };
}

function byName({ installation: a }: NamedPlugin, { installation: b }: NamedPlugin): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** The schedules with these keys, by the installation that they belong to. */
function definitionsOf(
  { engine }: Pick<Node, 'engine'>,
  keys: readonly string[],
): ReadonlyMap<InstalledPlugin['source'], readonly ScheduleDefinition[]> {
  const found = [...new Set(keys)].flatMap((key) => engine.schedules.find(key)?.definition ?? []);
  return Map.groupBy(found, ({ source }) => source);
}
