export {
  memoryLocking,
  memoryStore,
  postgresLocking,
  postgresStore,
  redisLocking,
  sqliteLocking,
  sqliteStore,
} from './backends.ts';
export * from './errors.ts';
export type { Explanation, Verdict } from './machines/explain.ts';
export type { HistoryQuery, HistoryRecord } from './machines/history.ts';
export type { OccurrenceFacts } from './machines/occurrence-facts.ts';
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
  LifeEvent,
  Pause,
  Registration,
  RunDraft,
  ScheduleState,
  SettledRun,
} from './machines/schedule-state.ts';
export type { DownTime, Session, SessionSpan } from './machines/session.ts';
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
export type {
  LockAnswers,
  LockAttempt,
  LockExchange,
  LockHandle,
  LockingPlugin,
  NodeSign,
  Roster,
} from './supervisor/locking.ts';
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
export type { ClaimGrant, ClockReading, StateStore, StoredState, StoreListener } from './supervisor/store.ts';
export type { HostFunction } from './supervisor-client.ts';
