import type { OutcomeCounts } from '../../machines/run.ts';
import type { ClusterNode, SchedulerStats, TenantStats } from '../scheduler-reports.ts';
import { type StatsSources, schedulerStats } from '../scheduler-stats.ts';
import type { MetricsReport, TenantReport } from './metrics-report.ts';

/** How many tenants and sites are counted by themselves. */
const MAX_TENANTS = 100;

export interface MetricsSources extends StatsSources {
  /** When the supervisor thread started, epoch milliseconds. */
  readonly startedAtMs: number;
}

/** The answer of `metrics`. Nothing of it is asked of a backend, and it is bounded whatever is installed. */
export function metricsReport(sources: MetricsSources): MetricsReport {
  const { startedAtMs, config, engine, metrics } = sources;
  const stats = schedulerStats(sources);
  const { nodeId, pool, queue, clock, store, locks, isDraining, cluster, plugins } = stats;
  const { clockSkewMs, clockErrorMs } = cluster;
  return {
    ...{ nodeId, pool, queue, clock, store, locks, isDraining },
    startedAtMs,
    restartCount: config.restartCount ?? 0,
    heapBytes: stats.supervisorHeapBytes,
    schedules: engine.schedules.counts(),
    plugins: { loaded: plugins.loaded, refused: plugins.refused.length },
    nodes: statesOf(cluster.nodes),
    clockSkewMs,
    clockErrorMs,
    lastClaimAtMs: metrics.lastClaimAtMs,
    latenessMs: metrics.runs.latenessMs(),
    runs: metrics.runs.plugins(),
    tenants: tenantReports(stats.tenants),
    pluginMetrics: stats.metrics,
  };
}

function statesOf(nodes: SchedulerStats['cluster']['nodes']): MetricsReport['nodes'] {
  const counts: Record<ClusterNode['state'], number> = { alive: 0, draining: 0, gone: 0 };
  for (const { state } of nodes) counts[state] += 1;
  return counts;
}

/** They come in the order in which they were first seen, so that the same ones are told by themselves each time. */
export function tenantReports(tenants: readonly TenantStats[]): TenantReport[] {
  const own = tenants.slice(0, MAX_TENANTS).map(reportOf);
  const others = tenants.slice(MAX_TENANTS).map(reportOf);
  return others.length === 0 ? own : [...own, others.reduce(together, NOBODY)];
}

const NOBODY: TenantReport = { isOthers: true, outcomes: {}, startedCount: 0, lateMs: 0 };

function reportOf({ tenantId, siteId, outcomes, lateness }: TenantStats): TenantReport {
  return {
    ...(tenantId !== undefined && { tenantId }),
    ...(siteId !== undefined && { siteId }),
    outcomes,
    startedCount: lateness.count,
    lateMs: lateness.count * lateness.meanMs,
  };
}

function together(a: TenantReport, b: TenantReport): TenantReport {
  const outcomes: { -readonly [O in keyof OutcomeCounts]: OutcomeCounts[O] } = { ...a.outcomes };
  for (const outcome of Object.keys(b.outcomes) as (keyof OutcomeCounts)[]) {
    outcomes[outcome] = (outcomes[outcome] ?? 0) + (b.outcomes[outcome] ?? 0);
  }
  return {
    isOthers: true,
    outcomes,
    startedCount: a.startedCount + b.startedCount,
    lateMs: a.lateMs + b.lateMs,
  };
}
