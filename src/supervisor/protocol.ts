/**
 * The messages between the host thread and the supervisor thread: requests and their answers, events, and calls of host
 * functions. Each is a plain object that names its kind.
 */
import type { MessagePort } from 'node:worker_threads';
import type { Explanation } from '../machines/explaining/explanation.ts';
import type { HistoryQuery, HistoryRecord } from '../machines/history.ts';
import type { StoreEntry } from '../machines/ledger/entries.ts';
import type { Introductions } from '../machines/ledger/introductions.ts';
import type { Packed } from '../machines/packing/packed.ts';
import type { Decision, ErrorRecord, RunRecord } from '../machines/run.ts';
import type { Notice } from '../machines/watching/notices.ts';
import type { HostCaller, JsonValue } from '../plugin.ts';
import type { WireFault } from '../wire/error-transfer.ts';
import type { AnswerOf, AskedOf } from '../wire/questions.ts';
import type { MetricsReport } from './observing/metrics-report.ts';
import type { Manifest, ReloadReport } from './plugin-reports.ts';
import type {
  DrainReport,
  RefusedPlugin,
  RunProgressEvent,
  RunStartEvent,
  SchedulerStats,
  SchedulerWarning,
  ScheduleStatus,
  StopReport,
} from './scheduler-reports.ts';
import type { PluginReference } from './supervisor-config.ts';

/** Sent by the supervisor thread, received by the host thread. The events of one turn are sent as one batch. */
export type SupervisorEvent =
  | { readonly type: 'run-start'; readonly event: RunStartEvent }
  | { readonly type: 'progress'; readonly event: RunProgressEvent }
  | { readonly type: 'run'; readonly event: RunRecord }
  | { readonly type: 'decision'; readonly event: Decision }
  | { readonly type: 'warning'; readonly event: SchedulerWarning }
  | { readonly type: 'notice'; readonly event: Notice }
  /** The plugins that are installed now. */
  | { readonly type: 'plugins'; readonly event: readonly PluginReference[] }
  /** When the present start of a schedule falls or fell due that runs once after each; null: not at all any more. */
  | { readonly type: 'begun'; readonly event: { readonly key: string; readonly startMs: number | null } }
  /** A stop has begun, and this is the longest grace of the runs under way. */
  | { readonly type: 'stopping'; readonly event: { readonly graceMs: number } }
  /** An entry that the memory store wrote, or schedules that are new in it. */
  | { readonly type: 'ledger'; readonly event: StoreEntry | Introductions };

/** The requests of the host: a function from the argument to the answer for each. */
export interface SupervisorRequests {
  start(params: null): { readonly refused: readonly RefusedPlugin[] };
  stop(params: { readonly drainMs: number }): StopReport;
  drain(params: { readonly timeoutMs: number | null }): DrainReport;
  schedules(params: null): readonly ScheduleStatus[];
  manifest(params: null): Manifest;
  history(params: HistoryQuery): readonly HistoryRecord[];
  explain(params: { readonly key: string; readonly atMs: number }): Explanation;
  stats(params: null): SchedulerStats;
  metrics(params: null): MetricsReport;
  trigger(params: { readonly key: string; readonly traceparent?: string }): { readonly runId: string };
  pause(params: { readonly key: string; readonly note?: string }): null;
  resume(params: { readonly key: string }): null;
  setPosition(params: { readonly key: string; readonly atMs: number }): null;
  abort(params: { readonly runId: string }): null;
  install(params: PluginReference): { readonly keys: readonly string[] };
  reload(params: { readonly name: string }): { readonly keys: readonly string[]; readonly report: ReloadReport };
  uninstall(params: { readonly name: string; readonly force?: boolean }): null;
}

export type SupervisorMethod = keyof SupervisorRequests;

/** Every request. A name that comes in a message is looked up here before it is called. */
const METHODS: Readonly<Record<SupervisorMethod, true>> = {
  start: true,
  stop: true,
  drain: true,
  schedules: true,
  manifest: true,
  history: true,
  explain: true,
  stats: true,
  metrics: true,
  trigger: true,
  pause: true,
  resume: true,
  setPosition: true,
  abort: true,
  install: true,
  reload: true,
  uninstall: true,
};

export function isSupervisorMethod(name: unknown): name is SupervisorMethod {
  return typeof name === 'string' && Object.hasOwn(METHODS, name);
}

/** Sent by the host thread, received by the supervisor thread. */
export type ToSupervisor =
  | ({ readonly kind: 'request' } & AskedOf<SupervisorRequests>)
  /** Somebody looks at the node beside its host: the port speaks the operators' protocol. */
  | { readonly kind: 'operator'; readonly port: MessagePort }
  | { readonly kind: 'host.answered'; readonly callId: number; readonly value: JsonValue | undefined }
  | { readonly kind: 'host.failed'; readonly callId: number; readonly error: ErrorRecord };

/** Sent by the supervisor thread, received by the host thread. */
export type FromSupervisor =
  | { readonly kind: 'answered'; readonly id: number; readonly result: AnswerOf<SupervisorRequests, SupervisorMethod> }
  | { readonly kind: 'refused'; readonly id: number; readonly fault: WireFault }
  | { readonly kind: 'events'; readonly events: Packed<SupervisorEvent> }
  | {
      readonly kind: 'host.called';
      readonly callId: number;
      readonly name: string;
      readonly args: readonly JsonValue[];
      /** The run that calls; absent when the supervisor only wants to know that the host has heard it so far. */
      readonly caller?: HostCaller;
      /** How long the function may take, once it was called. Absent: as long as it takes. */
      readonly limitMs?: number;
    };
