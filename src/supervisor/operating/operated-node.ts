import type { Explanation } from '../../machines/explaining/explanation.ts';
import type { HistoryQuery, HistoryRecord } from '../../machines/history.ts';
import type { LifeEvent } from '../../machines/schedule-life.ts';
import type { JsonValue } from '../../plugin.ts';
import type { MetricsReport } from '../observing/metrics-report.ts';
import type { CallOfHost } from '../operator-protocol.ts';
import type { PluginManifest } from '../plugin-reports.ts';
import type { Clock } from '../ports/clock.ts';
import type { RunsInProgress } from '../running/runs-in-progress.ts';
import type { SchedulerStats, SchedulerWarning, ScheduleStateName, ScheduleStatus } from '../scheduler-reports.ts';
import type { LiveSchedule } from '../schedules/live-schedule.ts';
import type { InstalledPlugin } from '../schedules/plugin-registry.ts';
import type { Watching } from '../watching/watching.ts';
import type { OperatorActions } from './actions.ts';
import type { AuditTrail } from './audit-trail.ts';

/** The schedules of a node, for whoever looks at them. */
export interface OperatedSchedules {
  /** Grows when schedules come, go or are declared anew. */
  readonly revision: number;
  all(): Iterable<LiveSchedule>;
  find(key: string): LiveSchedule | undefined;
  /** Throws an `UnknownScheduleError`. */
  get(key: string): LiveSchedule;
  stateOf(schedule: LiveSchedule): ScheduleStateName;
  /** Those whose last run cannot be ended. */
  quarantined(): ReadonlySet<LiveSchedule>;
  statusOf(schedule: LiveSchedule): ScheduleStatus;
}

/** What is wrong with a part of the node, and since when, epoch milliseconds. */
export interface Failing {
  readonly reason: string;
  readonly sinceMs: number;
}

/** A node, for whoever looks at it. */
export interface OperatedNode {
  readonly clock: Clock;
  readonly nodeId: string;
  readonly timezone: string;
  readonly startedAtMs: number;
  readonly engine: {
    readonly isDraining: boolean;
    readonly nextDueAtMs: number | null;
    readonly live: RunsInProgress;
    readonly schedules: OperatedSchedules & { readonly watching: Watching };
  };
  /** Each rejects with a `BackendError` while the store cannot be read. */
  readonly past: {
    history(query: HistoryQuery): Promise<readonly HistoryRecord[]>;
    explain(key: string, atMs: number): Promise<Explanation>;
    life(key: string): Promise<readonly LifeEvent[]>;
  };
  readonly plugins: { all(): Iterable<InstalledPlugin> };
  /** The capabilities that the scheduler itself provides. */
  readonly provides: readonly string[];
  /** How to describe what is installed now. */
  describer(): (plugin: InstalledPlugin) => Omit<PluginManifest, 'schedules'>;
  /** Calls a function of the host. Undefined: there is no host. */
  readonly callHost: ((call: CallOfHost) => Promise<JsonValue | undefined>) | undefined;
  readonly audit: AuditTrail;
  readonly actions: OperatorActions;
  /** What fails is null while it works. */
  readonly recorder: { readonly storeFailure: Failing | null; warn(warning: SchedulerWarning): void };
  readonly locker: { readonly failing: Failing | null };
  stats(): SchedulerStats;
  metrics(): MetricsReport;
}
