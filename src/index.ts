export { memoryLocking, memoryStore } from './backends.ts';
export * from './errors.ts';
export type { HistoryQuery } from './machines/ledger.ts';
export type {
  Decision,
  ErrorRecord,
  Lateness,
  Outcome,
  OutcomeCounts,
  RunOutcome,
  RunRecord,
  RunTrigger,
  SkipOutcome,
} from './machines/run.ts';
export { nextOccurrences } from './next-occurrences.ts';
export type {
  Budget,
  HostFunctions,
  JsonValue,
  LockingHint,
  LogMethod,
  MissedRunPolicy,
  PluginFactory,
  PluginInstall,
  RunLogger,
  Schedule,
  ScheduledPlugin,
  ScheduledRunContext,
} from './plugin.ts';
export { definePlugin } from './plugin.ts';
export { createScheduler, type Scheduler } from './scheduler.ts';
export type { SchedulerEvents } from './scheduler-events.ts';
export {
  defineConfig,
  type LoggerOptions,
  type PluginOption,
  type PoolOptions,
  type SchedulerOptions,
} from './scheduler-options.ts';
export type { LockHandle, LockingPlugin } from './supervisor/locking.ts';
export type {
  BackendDescription,
  LatencySummary,
  RefusedPlugin,
  RunProgressEvent,
  RunStartEvent,
  SchedulerStats,
  SchedulerWarning,
  ScheduleStateName,
  ScheduleStatus,
  StoppedRun,
  StopReport,
} from './supervisor/protocol.ts';
export type { StateStore, StoredState } from './supervisor/store.ts';
export type { HostFunction } from './supervisor-client.ts';
