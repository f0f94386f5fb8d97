/** What a run receives, as `ctx`: part of the plugin contract, which `plugin.ts` has as a whole. */

import type { HostFunctions, JsonValue, PluginHost } from './plugin-host.ts';

/** Writes log lines that belong to the run. Call with a message, or with fields and a message. */
export interface LogMethod {
  /** Writes a line. */
  (message: string): void;
  /** Writes a line. */
  (fields: Readonly<Record<string, unknown>>, message?: string): void;
}

/** The log of one run. Its lines reach the scheduler's log and the run's history also while the host is blocked. */
export interface RunLogger {
  /** The finest steps. */
  readonly trace: LogMethod;
  /** For who looks for a fault. */
  readonly debug: LogMethod;
  /** What is worth to be known. */
  readonly info: LogMethod;
  /** What is strange, and no fault yet. */
  readonly warn: LogMethod;
  /** A fault. */
  readonly error: LogMethod;
  /** A fault that nothing can go on after. */
  readonly fatal: LogMethod;
}

/** What `run()` receives: `Config` is the type of `config`, and `Host` has the host's functions by name. */
export interface ScheduledRunContext<Config = JsonValue | null, Host = HostFunctions> {
  /** Which of the plugin's schedules runs. */
  readonly scheduleId: string;
  /** The occurrence, before jitter, in epoch milliseconds. For a catch-up, the missed occurrence. */
  readonly scheduledAtMs: number;
  /**
   * Starts of this schedule since the scheduler started: 1 is the first. With a store that nodes share: starts on all
   * nodes since the store first knew the schedule.
   */
  readonly runCount: number;
  /** Whether the run makes up for a missed occurrence. */
  readonly isCatchup: boolean;
  /** For whom the plugin is installed; absent for all. */
  readonly tenantId?: string;
  /** The site of the tenant; absent for all of them. */
  readonly siteId?: string;
  /** Unique for each run. */
  readonly runId: string;
  /** What the schedule declares, as the plugin's schema has passed it on if there is one. Null if there is nothing. */
  readonly config: undefined extends Config ? Exclude<Config, undefined> | null : Config;
  /** When the wall budget ends, in epoch milliseconds. */
  readonly deadlineMs: number;
  /** Rises with every acquisition of the schedule's lock, if the lock backend counts them. */
  readonly fencingToken?: string;
  /** How many missed occurrences this run stands for or follows; absent when none was missed. */
  readonly missedCount?: number;
  /** The oldest of them, in epoch milliseconds. */
  readonly firstMissedAtMs?: number;
  /** The trace of the trigger that started the run, as in W3C Trace Context; absent if there is none. */
  readonly traceparent?: string;
  /** Aborted when the budget is used up, the scheduler stops or the lock is lost; `signal.reason` says which. */
  readonly signal: AbortSignal;
  /** Writes lines that belong to the run. */
  readonly log: RunLogger;
  /** Reports progress in [0, 1]: the host sees it as a `progress` event, at most ten times a second. */
  progress(fraction: number, note?: string): void;
  /** Functions that work while the host is blocked, and those of the host. */
  readonly host: PluginHost<Host>;
}
