/**
 * The answer to a scrape by Prometheus, written by prom-client, which is the user's to install. The supervisor has
 * counted in the thread that knows, so that each scrape makes a registry of its own: nothing is counted here.
 */
import type { Registry } from 'prom-client';
import type { SchedulerSource } from '../scheduler-source.ts';
import { familiesOf } from './families.ts';
import type { Family, Sample } from './family.ts';

type PromClient = typeof import('prom-client');

/** The body of an answer, and the header that says what it is. */
export interface MetricsText {
  readonly contentType: string;
  readonly body: string;
}

/**
 * What the scheduler has counted until now, in the text format of Prometheus. Null if prom-client is not installed.
 * Rejects with a `SupervisorDiedError` while there is no supervisor.
 */
export async function prometheusText(source: SchedulerSource): Promise<MetricsText | null> {
  const registry = await prometheusRegistry(source);
  return registry && { contentType: registry.contentType, body: await registry.metrics() };
}

/**
 * The same as a registry of prom-client, to be merged with the host's own: `Registry.merge([register, ours])`. It shows
 * what was counted until now, and does not change any more.
 */
export async function prometheusRegistry(source: SchedulerSource): Promise<Registry | null> {
  const client = await promClient();
  if (client === null) return null;
  const families = familiesOf(await source.ask('metrics', null));
  const registry = new client.Registry();
  for (const family of families) register(client, registry, family);
  return registry;
}

async function promClient(): Promise<PromClient | null> {
  try {
    return await import('prom-client');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return null;
    throw error;
  }
}

function register(client: PromClient, registry: Registry, { name, help, type, samples }: Family): void {
  const labelNames = [...new Set(samples.flatMap(({ labels }) => Object.keys(labels)))];
  const config = { name, help, registers: [registry] };
  if (type === 'counter') {
    const counter = new client.Counter({ ...config, labelNames });
    for (const { labels, value } of samples) counter.inc(labels, value);
  } else if (type === 'gauge') {
    const gauge = new client.Gauge({ ...config, labelNames });
    for (const { labels, value } of samples) gauge.set(labels, value);
  } else {
    registerCounted(client, config, { type, samples });
  }
}

/** Values that were put into classes elsewhere. prom-client can only do that itself, so its own numbers are replaced. */
function registerCounted(
  client: PromClient,
  config: { readonly name: string; readonly help: string; readonly registers: Registry[] },
  { type, samples }: { readonly type: 'histogram' | 'summary'; readonly samples: readonly Sample[] },
): void {
  const { name, help } = config;
  const values = samples.map(({ suffix = '', labels, value }) => ({
    metricName: `${name}${suffix}`,
    labels,
    sharedLabels: {},
    value,
  }));
  const getForPromString = async (): Promise<object> => ({ name, help, type, values });
  const metric = type === 'histogram' ? new client.Histogram(config) : new client.Summary(config);
  Object.assign(metric, { getForPromString, get: getForPromString });
}
