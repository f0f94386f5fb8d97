import type { Cluster } from './cluster/cluster.ts';
import type { ClusterClock } from './cluster/cluster-clock.ts';
import { clusterNodes } from './cluster/cluster-nodes.ts';
import type { Engine } from './engine.ts';
import type { Locker } from './locking/locker.ts';
import type { Metrics } from './recording/metrics.ts';
import type { SchedulerStats } from './scheduler-reports.ts';
import type { PluginChanges } from './schedules/plugin-changes.ts';
import type { PluginRegistry } from './schedules/plugin-registry.ts';
import type { SupervisorConfig } from './supervisor-config.ts';
import type { SupervisorPorts } from './supervisor-ports.ts';

export interface StatsSources {
  readonly config: Pick<SupervisorConfig, 'nodeId' | 'restartCount'>;
  readonly ports: Pick<SupervisorPorts, 'pool' | 'store' | 'calls' | 'heapBytes'> & { readonly clock: ClusterClock };
  readonly engine: Engine;
  readonly cluster: Cluster;
  readonly locker: Locker;
  readonly metrics: Metrics;
  readonly plugins: Pick<PluginRegistry, 'size'>;
  readonly changes: Pick<PluginChanges, 'refused'>;
}

/** The answer of `stats()`. Nothing of it is asked of a backend. */
export function schedulerStats(sources: StatsSources): SchedulerStats {
  const { config, ports, engine, cluster, locker, metrics, plugins, changes } = sources;
  const { nodeId } = config;
  const { clock, pool, store, calls, heapBytes } = ports;
  const { queuedCount, nextDueAtMs, clockCounts, isDraining } = engine;
  const { skewMs: clockSkewMs, errorMs: clockErrorMs } = clock;
  const nodes = clusterNodes(cluster.nodes(), { nodeId, clockSkewMs, runs: engine.live.claimed() }, store);
  return {
    nodeId,
    pool: pool.stats(),
    queue: { scheduled: queuedCount, nextDueAtMs },
    clock: clockCounts,
    store: { name: store.name, errors: metrics.storeErrors, conflicts: metrics.storeConflicts },
    locks: locker.stats(),
    isDraining,
    cluster: { nodes, nodeIds: cluster.nodeIds, clockSkewMs, clockErrorMs },
    plugins: { loaded: plugins.size, refused: changes.refused },
    outcomes: metrics.outcomes(),
    tenants: metrics.tenants(),
    metrics: calls.metrics(),
    supervisorHeapBytes: heapBytes(),
    lateness: metrics.lateness(),
  };
}
