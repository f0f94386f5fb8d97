import type { PluginManifest } from '../../index.ts';

/** What a guest has executed to declare itself. Empty for a plugin that is not counted. */
export function loadFuelText({ loadFuel = [] }: Pick<PluginManifest, 'loadFuel'>): string {
  const uses = loadFuel.map(({ call, used, limit }) => `${call} ${grouped(used)} of ${grouped(limit)}`);
  return uses.length === 0 ? '' : `${uses.join(', ')} instructions`;
}

function grouped(count: number): string {
  return count.toLocaleString('en');
}
