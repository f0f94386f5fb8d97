/**
 * The messages between the supervisor thread and those who look at a scheduler and steer it beside its host: the
 * console's thread is one. Whoever acts says who it is (`by`), which the audit trail keeps.
 */

import type { Explanation } from '../machines/explaining/explanation.ts';
import type { HistoryQuery, HistoryRecord } from '../machines/history.ts';
import type { AuditEntry, AuditQuery } from '../machines/operating/audit.ts';
import type { Decision, LogLine, RunRecord } from '../machines/run.ts';
import type { LifeEvent } from '../machines/schedule-life.ts';
import type { Notice } from '../machines/watching/notices.ts';
import type { Told } from '../machines/watching/told.ts';
import type { JsonValue } from '../plugin.ts';
import type { WireFault } from '../wire/error-transfer.ts';
import type { AnswerOf, ParamsOf } from '../wire/questions.ts';
import type { MetricsReport } from './observing/metrics-report.ts';
import type {
  Lane,
  LaneQuery,
  LiveRun,
  LiveRunDetail,
  Overview,
  PluginPage,
  PluginQuery,
  ScheduleCheckIn,
  ScheduleDetail,
  SchedulePage,
  ScheduleQuery,
} from './operator-reports.ts';
import type { ReloadReport } from './plugin-reports.ts';
import type { RunProgressEvent, RunStartEvent, SchedulerStats, SchedulerWarning } from './scheduler-reports.ts';

/** What an operator can ask: a function from the argument to the answer for each. */
export interface OperatorRequests {
  overview(params: null): Overview;
  page(params: ScheduleQuery): SchedulePage;
  /** Rejects with an `UnknownScheduleError`, as all that name a key do. */
  schedule(params: { readonly key: string }): ScheduleDetail;
  lanes(params: LaneQuery): readonly Lane[];
  upcoming(params: { readonly key: string; readonly count: number }): readonly number[];
  /** The newest events in a schedule's life, newest first. */
  life(params: { readonly key: string; readonly limit: number }): readonly LifeEvent[];
  live(params: null): readonly LiveRun[];
  /** Null if the run has ended or never was. */
  liveRun(params: { readonly runId: string }): LiveRunDetail | null;
  history(params: HistoryQuery): readonly HistoryRecord[];
  explain(params: { readonly key: string; readonly atMs: number }): Explanation;
  stats(params: null): SchedulerStats;
  /** Counters and histograms since the supervisor thread started. */
  metrics(params: null): MetricsReport;
  plugins(params: PluginQuery): PluginPage;
  audit(params: AuditQuery): readonly AuditEntry[];
  /** `traceparent` reaches the run as `ctx.traceparent` (W3C Trace Context). */
  trigger(params: { readonly key: string; readonly by: string; readonly traceparent?: string }): {
    readonly runId: string;
  };
  pause(params: { readonly key: string; readonly by: string; readonly note?: string }): null;
  resume(params: { readonly key: string; readonly by: string }): null;
  setPosition(params: { readonly key: string; readonly by: string; readonly atMs: number }): null;
  /** Aborts the signal of a run. Rejects if no such run is live. */
  abort(params: { readonly runId: string; readonly by: string }): null;
  reload(params: { readonly name: string; readonly by: string }): {
    readonly keys: readonly string[];
    readonly report: ReloadReport;
  };
  /** What is still to be told of schedules: see `machines/watching/notices.ts`. For the part that tells. */
  notices(params: null): readonly Notice[];
  /** So much has been told of a schedule. */
  told(params: { readonly key: string; readonly told: Told }): null;
  /** Where runs check in. The URLs are secrets: nobody but the part that asks for them may see them. */
  checkIns(params: null): readonly ScheduleCheckIn[];
  /** Calls a function of the host. Rejects when it fails or takes too long, and waits while the host is blocked. */
  callHost(params: CallOfHost): JsonValue | null;
  /** Writes a warning to the log and the events. */
  warn(params: SchedulerWarning): null;
}

/** A call of a function of the host for the node itself. */
export interface CallOfHost {
  readonly name: string;
  readonly args: readonly JsonValue[];
  /** How long the function may take, once it was called. */
  readonly limitMs: number;
}

export type OperatorMethod = keyof OperatorRequests;

/** What an operator can hear of, as it happens. */
export type OperatorEvent =
  | { readonly type: 'run-start'; readonly event: RunStartEvent }
  | { readonly type: 'progress'; readonly event: RunProgressEvent }
  | { readonly type: 'run'; readonly event: RunRecord }
  | { readonly type: 'decision'; readonly event: Decision }
  | { readonly type: 'warning'; readonly event: SchedulerWarning }
  | { readonly type: 'notice'; readonly event: Notice }
  | { readonly type: 'log'; readonly event: { readonly runId: string; readonly key: string; readonly line: LogLine } }
  | { readonly type: 'audit'; readonly event: AuditEntry }
  /** More happened than was taken in: so many events before the next ones are missing. Everybody who listens hears it. */
  | { readonly type: 'dropped'; readonly event: { readonly count: number } };

export type OperatorTopic = OperatorEvent['type'];

/**
 * A scheduler as the console sees it. In the console's own thread it is the supervisor thread at the other end of a
 * port, so that it answers while the host is blocked; in a handler that the host mounts it is the host's handle.
 */
export interface SchedulerSource {
  /** Rejects with the supervisor's own error, or with a `SupervisorDiedError` while there is none. */
  ask<M extends OperatorMethod>(
    method: M,
    params: ParamsOf<OperatorRequests, M>,
  ): Promise<AnswerOf<OperatorRequests, M>>;
  /**
   * Is called with what happens from now on, in order, in batches. Returns how to end it.
   * @param closed Is called when nothing will happen any more: the scheduler has stopped.
   */
  listen(
    topics: readonly OperatorTopic[],
    heard: (events: readonly OperatorEvent[]) => void,
    closed?: () => void,
  ): () => void;
}

/** Sent by whoever looks at a node, over a port of his own. */
export type FromOperator =
  | { readonly kind: 'request'; readonly id: number; readonly method: OperatorMethod; readonly params: unknown }
  /** From now on, this and nothing else. */
  | { readonly kind: 'listen'; readonly topics: readonly OperatorTopic[] }
  /** A batch of events was taken in. */
  | { readonly kind: 'heard' };

/** Sent by the node. */
export type ToOperator =
  | { readonly kind: 'answered'; readonly id: number; readonly result: AnswerOf<OperatorRequests, OperatorMethod> }
  | { readonly kind: 'refused'; readonly id: number; readonly fault: WireFault }
  | { readonly kind: 'events'; readonly events: readonly OperatorEvent[] };

/** Those who look at a node beside its host, as the node sees them. */
export interface Onlookers {
  /** Whether somebody listens to this now. What nobody hears is not worth making. */
  isHeard(topic: OperatorTopic): boolean;
  tell(event: OperatorEvent): void;
}
