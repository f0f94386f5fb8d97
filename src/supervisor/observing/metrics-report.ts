/** What a node has counted, for those who watch it over time: the answer of `metrics`. Plain data. */
import type { OutcomeCounts } from '../../machines/run.ts';
import type { PluginMetric } from '../ports/plugin-metric.ts';
import type { HistogramReport } from '../recording/fixed-histogram.ts';
import type { LatenessPart, PluginReport } from '../recording/run-figures.ts';
import type { ClusterNode, SchedulerStats } from '../scheduler-reports.ts';

/** How many schedules there are of each kind. A schedule whose run is in progress counts where it will rest. */
export interface ScheduleCounts {
  readonly idle: number;
  readonly paused: number;
  readonly faulted: number;
  readonly disabled: number;
  /** Those of them whose last run failed by itself. */
  readonly failing: number;
}

/** What became of the occurrences of one tenant and site. */
export interface TenantReport {
  /** Absent: of no tenant, or of no site. */
  readonly tenantId?: string;
  readonly siteId?: string;
  /** The tenants that are counted together, because there are too many. Then it has no ids. */
  readonly isOthers?: true;
  readonly outcomes: OutcomeCounts;
  readonly startedCount: number;
  /** How late its runs began, in milliseconds, added up. */
  readonly lateMs: number;
}

/**
 * Gauges are as they are now. All counts begin at 0 with the supervisor thread: when it is started anew, they are smaller
 * than before, and `restartCount` is greater.
 */
export interface MetricsReport
  extends Pick<SchedulerStats, 'nodeId' | 'pool' | 'queue' | 'clock' | 'store' | 'locks' | 'isDraining'> {
  /** When the supervisor thread started, epoch milliseconds. */
  readonly startedAtMs: number;
  /** How often the supervisor thread was started anew, because it had died. */
  readonly restartCount: number;
  readonly heapBytes: number;
  readonly schedules: ScheduleCounts;
  readonly plugins: { readonly loaded: number; readonly refused: number };
  readonly nodes: Readonly<Record<ClusterNode['state'], number>>;
  readonly clockSkewMs: number | null;
  readonly clockErrorMs: number | null;
  /** When this node last claimed an occurrence, epoch milliseconds; null if it has not. */
  readonly lastClaimAtMs: number | null;
  readonly latenessMs: Readonly<Record<LatenessPart, HistogramReport>>;
  /** A hundred plugins at most, and then `_other` for all others. */
  readonly runs: readonly PluginReport[];
  /** A hundred at most, and then one for all others. */
  readonly tenants: readonly TenantReport[];
  /** What plugins have measured with `ctx.host.metric()`. */
  readonly pluginMetrics: readonly PluginMetric[];
}
