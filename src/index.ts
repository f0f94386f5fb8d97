export * from './errors.ts';
export {
  type ExportedModule,
  memoryLocking,
  memoryStore,
  type PostgresPlace,
  postgresLocking,
  postgresStore,
  type RedisPlace,
  redisLocking,
  sqliteLocking,
  sqliteStore,
} from './host/backends.ts';
export type { TriggerOptions } from './host/checking/check-arguments.ts';
export { UnsupportedHostError } from './host/checking/check-host.ts';
export { createScheduler } from './host/create-scheduler.ts';
export type { HostFunction } from './host/host-functions.ts';
export { nextOccurrences } from './host/next-occurrences.ts';
export type { CheckInOption, HostFunctionTarget, NotifyTarget, WebhookTarget } from './host/notify/notify-options.ts';
export type { DiagnosticMessage } from './host/observing/diagnostic-message.ts';
export type { Scheduler } from './host/scheduler.ts';
export type { SchedulerEvents } from './host/scheduler-events.ts';
export {
  type ConsoleOptions,
  defineConfig,
  type LoggerOptions,
  type PluginOption,
  type PoolOptions,
  type ProcessOptions,
  type SchedulerOptions,
} from './host/scheduler-options.ts';
export { type HostFunctionWithCaller, withCaller } from './host/with-caller.ts';
export type { HostCallError, HostCallFault } from './machines/calling/host-call-error.ts';
export type { ClockReading } from './machines/cluster-time/clock-offset.ts';
export type { Explanation, Verdict } from './machines/explaining/explanation.ts';
export type { OccurrenceFacts } from './machines/explaining/occurrence-facts.ts';
export type { HistoryQuery, HistoryRecord } from './machines/history.ts';
export type {
  KvAnswer,
  KvChange,
  KvDelete,
  KvGet,
  KvList,
  KvPlace,
  KvRequest,
  KvSet,
} from './machines/kv/kv-request.ts';
export type { Repeat } from './machines/position/repeat.ts';
export type { PositionChange, Repositioning } from './machines/position/repositioning.ts';
export type {
  Decision,
  DecisionReason,
  ErrorRecord,
  Lateness,
  LogLevel,
  LogLine,
  Outcome,
  OutcomeCounts,
  OwedRun,
  PlanBasis,
  RunOutcome,
  RunRecord,
  RunTrigger,
  SkipOutcome,
} from './machines/run.ts';
export type {
  Claim,
  DeclaredTimes,
  LifeChange,
  Pause,
  Registration,
  RunDraft,
  SettledRun,
} from './machines/schedule-entries.ts';
export type { LifeEvent, PositionEvent } from './machines/schedule-life.ts';
export type { ScheduleState } from './machines/schedule-state.ts';
export type { DownTime, Session, SessionSpan } from './machines/session.ts';
export type { Notice, NoticeKind } from './machines/watching/notices.ts';
export type { Told } from './machines/watching/told.ts';
export type {
  Budget,
  BuiltInFunctions,
  HostCaller,
  HostCalls,
  HostFunctions,
  JsonValue,
  KvListOptions,
  KvOptions,
  KvPage,
  LockingHint,
  LogMethod,
  MissedRunPolicy,
  Permissions,
  PluginCapabilities,
  PluginFactory,
  PluginFetchInit,
  PluginFetchResponse,
  PluginHost,
  PluginInstall,
  PluginKv,
  PluginSchemas,
  RunLogger,
  Schedule,
  ScheduledPlugin,
  ScheduledRunContext,
  StandardIssue,
  StandardResult,
  StandardSchema,
  StandardSchemaProps,
  Watch,
} from './plugin.ts';
export { definePlugin } from './plugin.ts';
export type { Manifest, PluginManifest, ReloadReport, ScheduleManifest } from './supervisor/plugin-reports.ts';
export type { AnnouncedGroup, GroupRoster, GroupSign } from './supervisor/ports/groups.ts';
export type {
  LockAnswers,
  LockAttempt,
  LockExchange,
  LockHandle,
  LockingPlugin,
  LockingWarning,
  NodeSign,
  Roster,
} from './supervisor/ports/locking.ts';
export type { PluginMetric } from './supervisor/ports/plugin-metric.ts';
export type { StateStore, StoredState, StoreListener, WriteAnswer } from './supervisor/ports/store.ts';
export type {
  ClusterNode,
  ClusterRun,
  DrainReport,
  LatencySummary,
  NotEnded,
  RefusedPlugin,
  RunProgressEvent,
  RunStartEvent,
  SchedulerStats,
  SchedulerWarning,
  ScheduleStateName,
  ScheduleStatus,
  StoppedRun,
  StopReport,
  TenantStats,
} from './supervisor/scheduler-reports.ts';
export type { BackendDescription } from './supervisor/supervisor-config.ts';
export * from './wire/guests/guest-errors.ts';
