import type { MetricsReport } from '../../supervisor/observing/metrics-report.ts';
import { type Family, family, type Labels, labelsOf, type Sample } from './family.ts';

type PluginMetric = MetricsReport['pluginMetrics'][number];

/**
 * What plugins have measured: two families for all of it, with the plugin's own name for it in the label `metric`. Names
 * and tags are the plugins' to choose, so that a family for each name could clash with ours, or with that of another
 * plugin.
 */
export function pluginMetricFamilies(metrics: readonly PluginMetric[]): Family[] {
  const labelled = metrics.map((metric) => ({ ...metric, labels: labelsFor(metric) }));
  return [
    family(
      'summary',
      'plugin_metric',
      'What plugins measured with ctx.host.metric(): how often, and all values added up.',
      labelled.flatMap(({ labels, sum, count }): Sample[] => [
        { suffix: '_sum', labels, value: sum },
        { suffix: '_count', labels, value: count },
      ]),
    ),
    family('gauge', 'plugin_metric_last', 'The value that plugins measured last.', latest(labelled)),
  ];
}

/** Where two series have the same labels, the later value counts. */
function latest(metrics: readonly (PluginMetric & { readonly labels: Labels })[]): Sample[] {
  const byLabels = new Map<string, PluginMetric & { readonly labels: Labels }>();
  for (const metric of metrics) {
    const id = JSON.stringify(metric.labels);
    const other = byLabels.get(id);
    if (other === undefined || other.lastAtMs <= metric.lastAtMs) byLabels.set(id, metric);
  }
  return [...byLabels.values()].map(({ labels, last }) => ({ labels, value: last }));
}

/** A tag's name may have characters that no label's may; two tags that then are the same are joined. */
function labelsFor({ plugin, tenantId = '', siteId = '', name, tags }: PluginMetric): Labels {
  const labels: Record<string, string> = {};
  for (const [tag, value] of Object.entries(tags)) {
    const label = `tag_${tag.replaceAll(/\W/g, '_')}`;
    const other = labels[label];
    labels[label] = other === undefined ? value : `${other},${value}`;
  }
  const inOrder = Object.fromEntries(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return labelsOf({ plugin, tenant: tenantId, site: siteId, metric: name, ...inOrder });
}
