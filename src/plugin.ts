/**
 * The plugin contract, and what `escapement/plugin` exports. What a plugin declares is plain data, so that it can cross a
 * thread or a WASM boundary. Plugin code is loaded in pool threads only, each of which imports this file: it imports
 * types only, so that it costs a thread one file.
 */

import type { JsonValue, PluginHost } from './plugin-host.ts';

export type {
  BuiltInFunctions,
  HostCaller,
  HostFunctions,
  JsonValue,
  KvListOptions,
  KvOptions,
  KvPage,
  PluginFetchInit,
  PluginFetchResponse,
  PluginHost,
  PluginKv,
} from './plugin-host.ts';

/** The limits of one run. Every field is optional: a schedule's own limits win over the scheduler's defaults. */
export interface Budget {
  /** Wall-clock time of one run in milliseconds, counted from the call of `run()`. Default 300,000 (5 minutes). */
  readonly wallMs?: number;
  /** CPU time of one run's thread in milliseconds. Default: no limit. Needs Node 24.6 or later to be enforced. */
  readonly cpuMs?: number;
  /** JavaScript heap plus buffers that a run's thread may hold, in MiB. Default 512. */
  readonly heapMb?: number;
  /** Time between the abort of `ctx.signal` and the termination of the thread, in milliseconds. Default 1,000. */
  readonly graceMs?: number;
  /**
   * The instructions that one run of a WASM guest may execute. Default 100,000,000,000. `Infinity`, for the scheduler as
   * a whole, lets guests run uncounted. Modules are not counted.
   */
  readonly fuel?: number;
}

/**
 * What a plugin may reach beside its own input. A WASM guest has no other rights. Every field is optional, and what is
 * not granted is refused.
 */
export interface Permissions {
  /** What `fetch` may ask for: a URL without a query, as `https://api.example.com/reports/`, and all that begins with it. */
  readonly allowedUrls?: readonly string[];
  /** The namespaces of `kv` beside the plugin's own, by name. */
  readonly kvNamespaces?: readonly string[];
  /** What the plugin may keep in `kv`, keys and values together, in KiB. Default 1,024. */
  readonly storageQuotaKb?: number;
  /** How often it may call `fetch`, for each tenant and site. Default 30. */
  readonly maxFetchPerMinute?: number;
  /** Folders and files of the machine that a WASM guest may read. Default: none. Modules read what Node lets them. */
  readonly allowedPaths?: readonly string[];
  /** The memory of a WASM guest, in pages of 64 KiB. Default 256, which is 16 MiB. */
  readonly memoryPages?: number;
  /** The names of the host's functions that it may call. Default for modules: all. Default for WASM guests: none. */
  readonly hostFunctions?: readonly string[];
}

/**
 * What happens to occurrences that are missed: found too late, because no scheduler could run them. `run-once` runs the
 * newest of them for all, `run-all` runs every one, oldest first, and `skip` runs none.
 */
export type MissedRunPolicy = 'run-once' | 'skip' | 'run-all';

/**
 * Whether an occurrence needs a lock that other nodes respect. `require-global` does not run without it,
 * `prefer-global` runs without it while the lock backend fails, and `node-local` takes none, so that every node runs
 * the occurrence.
 */
export type LockingHint = 'node-local' | 'require-global' | 'prefer-global';

/** When somebody is to be told that a schedule does not do its work. */
export interface Watch {
  /**
   * The longest time between two runs that succeed, in milliseconds, at least 1,000: after that the schedule is silent,
   * which `schedules()`, the event `notice` and the option `notify` say. Choose the time between two occurrences, and
   * add what a run may take and what may fail once.
   */
  readonly maxSilenceMs: number;
}

/** One recurring job that a plugin declares. */
export interface Schedule {
  /** Unique within the plugin. */
  readonly id: string;
  readonly description?: string;
  /** An interval (`30s`), a cron expression of 5 or 6 fields, or a nickname (`@daily`). */
  readonly cron: string;
  /** IANA time zone. Default: the scheduler's `timezone`, itself `UTC` by default. */
  readonly timezone?: string;
  /**
   * Delays each occurrence by a fixed pseudo-random amount in [0, jitterMs], and at most by nine tenths of the time to
   * the following occurrence. Default 0.
   */
  readonly jitterMs?: number;
  /**
   * How late an occurrence may be found and still be an ordinary run, in milliseconds; found later it is missed.
   * Default: a tenth of the time to the following occurrence, at least 1 s and at most 60 s.
   */
  readonly missedAfterMs?: number;
  /** Default `run-once`. */
  readonly missedRunPolicy?: MissedRunPolicy;
  /** How many missed occurrences of one gap are made up for, the newest ones. 0: none. Default: as the policy says. */
  readonly maxCatchup?: number;
  /** Missed occurrences older than this are not made up for, in milliseconds. Default: no limit. */
  readonly maxLateMs?: number;
  /** Pauses the schedule when this many runs in a row have failed. Default: never. */
  readonly pauseAfterFailures?: number;
  /** How long after such a pause one run is tried, in milliseconds. Default: never; only `resume()` ends the pause. */
  readonly probeAfterMs?: number;
  /** Default: nobody is told when the schedule does not succeed for long. */
  readonly watch?: Watch;
  /** Default `require-global`, which costs nothing on a single node. */
  readonly locking?: LockingHint;
  /** Passed to every run as `ctx.config`. */
  readonly config?: JsonValue;
  readonly budget?: Budget;
  /** Default true. A disabled schedule is listed but never falls due; it can be triggered by hand. */
  readonly enabled?: boolean;
}

/** Writes log lines that belong to the run. Call with a message, or with fields and a message. */
export interface LogMethod {
  (message: string): void;
  (fields: Readonly<Record<string, unknown>>, message?: string): void;
}

/** The log of one run. Its lines reach the scheduler's log and the run's history also while the host is blocked. */
export interface RunLogger {
  readonly trace: LogMethod;
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
  readonly fatal: LogMethod;
}

/** What `run()` receives. */
export interface ScheduledRunContext {
  readonly scheduleId: string;
  /** The occurrence, before jitter, in epoch milliseconds. For a catch-up, the missed occurrence. */
  readonly scheduledAtMs: number;
  /** Starts of this schedule since the scheduler started: 1 is the first. */
  readonly runCount: number;
  /** Whether the run makes up for a missed occurrence. */
  readonly isCatchup: boolean;
  readonly tenantId?: string;
  readonly siteId?: string;
  readonly runId: string;
  readonly config: JsonValue | null;
  /** When the wall budget ends, in epoch milliseconds. */
  readonly deadlineMs: number;
  /** Rises with every acquisition of the schedule's lock, if the lock backend counts them. */
  readonly fencingToken?: string;
  /** How many missed occurrences this run stands for or follows; absent when none was missed. */
  readonly missedCount?: number;
  readonly firstMissedAtMs?: number;
  /** The trace of the trigger that started the run, as in W3C Trace Context; absent if there is none. */
  readonly traceparent?: string;
  /** Aborted when the budget is used up, the scheduler stops or the lock is lost; `signal.reason` says which. */
  readonly signal: AbortSignal;
  readonly log: RunLogger;
  /** Reports progress in [0, 1]: the host sees it as a `progress` event, at most ten times a second. */
  progress(fraction: number, note?: string): void;
  readonly host: PluginHost;
}

/**
 * What plugins offer to each other, and what they need. `scheduled` is provided by every plugin, `locking` by a scheduler
 * whose occurrences are claimed among nodes, and `host.<name>` by a scheduler with the host function of that name, be it
 * built in or yours. Other names are free: a letter, followed by up to 127 characters without spaces.
 */
export interface PluginCapabilities {
  readonly provides?: readonly string[];
  /** The plugin is refused if nothing provides one of these. */
  readonly requires?: readonly string[];
}

/** A unit of background work: a module's default export, or what its default-exported factory returns. */
export interface ScheduledPlugin {
  /** Unique, and the same after a restart: it is part of lock keys and metric labels. */
  readonly name: string;
  /** For people and for `scheduler.manifest()`: up to 128 and 4,096 characters. */
  readonly version?: string;
  readonly description?: string;
  readonly capabilities?: PluginCapabilities;
  /** Lower runs first among the occurrences of one tick. Default 1000. */
  readonly priority?: number;
  /** Called once, when the plugin is loaded or reloaded. May return no schedules. */
  schedules(): readonly Schedule[] | Promise<readonly Schedule[]>;
  /** The run succeeds when this returns or resolves, whatever the value, and fails when it throws or rejects. */
  run(ctx: ScheduledRunContext): unknown;
  /** Called before the plugin is unloaded, in every thread that loaded it. */
  cleanup?(): void | Promise<void>;
}

/** What a factory receives: for whom its plugin is installed, and with which options. */
export interface PluginInstall {
  readonly module: string;
  readonly tenantId?: string;
  readonly siteId?: string;
  readonly options: JsonValue | null;
}

/** A default export that makes the plugin of one installation. */
export type PluginFactory = (install: PluginInstall) => ScheduledPlugin | Promise<ScheduledPlugin>;

/** Returns its argument, and so gives the types of the contract to a plugin or a factory. */
export function definePlugin<const T extends ScheduledPlugin | PluginFactory>(plugin: T): T {
  return plugin;
}
