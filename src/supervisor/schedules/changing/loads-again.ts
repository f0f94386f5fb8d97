import type { PluginSource } from '../../../workers/protocol.ts';
import type { RunPool } from '../../ports/run-pool.ts';
import type { PluginReference } from '../../supervisor-config.ts';

/** What was loaded of a plugin, as far as it matters here. */
interface Loaded {
  readonly reference: PluginReference;
  readonly source: PluginSource;
}

/** What loads plugins and checks what they declare. */
export interface PluginLoader<P extends Loaded> {
  load(reference: PluginReference): Promise<P>;
  loadAfresh(references: readonly PluginReference[]): Promise<P>[];
}

/**
 * Loads the present versions of plugins, in their order. There may be hundreds, one for each tenant, so that the work is
 * bounded: modules share a few new threads, and guests are loaded one after the other, beside the runs of the pool.
 */
export function loadsAgain<P extends Loaded>(
  plugins: readonly P[],
  loader: PluginLoader<P>,
  pool: Pick<RunPool, 'places'>,
): Promise<P>[] {
  const modules = plugins.filter(({ source }) => source.isSealed !== true);
  const fresh = loader.loadAfresh(modules.map(({ reference }) => reference)).values();
  let previous: Promise<unknown> = Promise.resolve();
  return plugins.map((plugin) => {
    if (plugin.source.isSealed !== true) return fresh.next().value as Promise<P>;
    const loading = previous.then(() => loadGuestAgain(plugin, loader, pool));
    previous = loading.catch(() => {});
    return loading;
  });
}

/**
 * A guest is read from its file by any thread: if one is free, none has to be started, and none that has compiled
 * WebAssembly comes and goes.
 */
async function loadGuestAgain<P extends Loaded>(
  { reference, source }: P,
  loader: PluginLoader<P>,
  pool: Pick<RunPool, 'places'>,
): Promise<P> {
  const { taken, threads } = pool.places({ key: '', source });
  const plugin = taken >= threads ? undefined : await loader.load(reference);
  if (plugin?.source.isSealed === true) return plugin;
  const [loading] = loader.loadAfresh([reference]);
  return loading as Promise<P>;
}
