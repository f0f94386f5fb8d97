/**
 * The plugin contract. It is data, so that it crosses a thread or a WASM boundary; plugin code is loaded only in pool
 * threads. This file imports nothing: a plugin that needs no more than the types imports them with `import type`.
 */

/** Anything that JSON can say. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** What one run may use. Every field is optional: a schedule's own limits win over the scheduler's defaults. */
export interface Budget {
  /** Wall-clock time of one run in milliseconds, counted from the call of `run()`. Default 300,000 (5 minutes). */
  readonly wallMs?: number;
  /** CPU time of one run's thread in milliseconds. Default: no limit. Enforced where Node reports it (24.6 and later). */
  readonly cpuMs?: number;
  /** JavaScript heap plus buffers that a run's thread may hold, in MiB. Default: 512. */
  readonly heapMb?: number;
  /** Time between the abort of `ctx.signal` and the termination of the thread, in milliseconds. Default 1,000. */
  readonly graceMs?: number;
}

/** What happens to occurrences that fell due while nothing was there to run them. */
export type MissedRunPolicy = 'run-once' | 'skip' | 'run-all';

/** Whether an occurrence needs a lock that other nodes respect. */
export type LockingHint = 'node-local' | 'require-global' | 'prefer-global';

/** One recurring job that a plugin declares. */
export interface Schedule {
  /** Unique in the plugin. */
  readonly id: string;
  readonly description?: string;
  /** An interval (`30s`), a cron expression of 5 or 6 fields, or a nickname (`@daily`). */
  readonly cron: string;
  /** IANA time zone. Default: the scheduler's `timezone`, itself `UTC` by default. */
  readonly timezone?: string;
  /** Delays each occurrence by a fixed pseudo-random amount in [0, jitterMs]. Default 0. */
  readonly jitterMs?: number;
  /** Default `run-once`. */
  readonly missedRunPolicy?: MissedRunPolicy;
  /** How many missed occurrences of one gap are made up for, the newest of them. Default: all that the policy wants. */
  readonly maxCatchup?: number;
  /** How old a missed occurrence may be to be made up for, in milliseconds. Default: any age. */
  readonly maxLateMs?: number;
  /** Pauses the schedule when this many runs in a row have failed. Default: never. */
  readonly pauseAfterFailures?: number;
  /** After such a pause: when one run is tried again, in milliseconds. Default: never, `resume()` is needed. */
  readonly probeAfterMs?: number;
  /** Default `require-global`, which costs nothing on a single node. */
  readonly locking?: LockingHint;
  /** Handed to every run as `ctx.config`. */
  readonly config?: JsonValue;
  readonly budget?: Budget;
  /** Default true. A disabled schedule is listed and never falls due. */
  readonly enabled?: boolean;
}

/** Writes log lines that belong to the run. Call with a message, or with fields and a message. */
export interface LogMethod {
  (message: string): void;
  (fields: Readonly<Record<string, unknown>>, message?: string): void;
}

/** The log of one run. Lines reach the scheduler's log and the run's history even when the host thread is blocked. */
export interface RunLogger {
  readonly trace: LogMethod;
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
  readonly fatal: LogMethod;
}

/** The functions that the host offers to plugins, by name. Each call is answered by the host thread. */
export type HostFunctions = Readonly<Record<string, (...args: readonly JsonValue[]) => Promise<JsonValue | undefined>>>;

/** What `run()` is given. */
export interface ScheduledRunContext {
  readonly scheduleId: string;
  /** The occurrence, before jitter, in epoch milliseconds; on a catch-up the missed occurrence. */
  readonly scheduledAtMs: number;
  /** Starts of this schedule since the scheduler started: 1 is the first. */
  readonly runCount: number;
  readonly isCatchup: boolean;
  readonly tenantId?: string;
  readonly siteId?: string;
  readonly runId: string;
  readonly config: JsonValue | null;
  /** When the wall budget ends, in epoch milliseconds. */
  readonly deadlineMs: number;
  /** Rises with every acquisition of the schedule's lock, where the backend can tell. */
  readonly fencingToken?: string;
  /** How many occurrences this run stands for or follows, when some were missed. */
  readonly missedCount?: number;
  readonly firstMissedAtMs?: number;
  /** Aborted at the budget, at a stop, or when the lock is lost; `signal.reason` says which. */
  readonly signal: AbortSignal;
  readonly log: RunLogger;
  /** Reports progress in [0, 1]. */
  progress(fraction: number, note?: string): void;
  readonly host: HostFunctions;
}

/** A unit of background work: a module's default export, or what its default-exported factory returns. */
export interface ScheduledPlugin {
  /** Unique, and stable across restarts: part of lock keys and metric labels. */
  readonly name: string;
  /** Lower runs first among the occurrences of one tick. Default 1000. */
  readonly priority?: number;
  /** Asked once, when the plugin is loaded or reloaded. May be empty. */
  schedules(): readonly Schedule[] | Promise<readonly Schedule[]>;
  /** Returning or resolving is success, whatever the value; throwing or rejecting is failure. */
  run(ctx: ScheduledRunContext): unknown;
  /** Called before unload, in every thread that loaded the plugin. */
  cleanup?(): void | Promise<void>;
}

/** What a factory is told about the place where its plugin is installed. */
export interface PluginInstall {
  readonly module: string;
  readonly tenantId?: string;
  readonly siteId?: string;
  readonly options: JsonValue | null;
}

/** A default export that makes a plugin for one installation. */
export type PluginFactory = (install: PluginInstall) => ScheduledPlugin | Promise<ScheduledPlugin>;

/** Returns its argument: gives a plugin, or a factory of one, its types. */
export function definePlugin<const T extends ScheduledPlugin | PluginFactory>(plugin: T): T {
  return plugin;
}
