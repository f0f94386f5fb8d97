/**
 * The plugin contract, and what `escapement/plugin` exports. What a plugin declares is plain data, so that it can cross a
 * thread or a WASM boundary. Plugin code is loaded in pool threads only, each of which imports this file: it imports
 * types only, so that it costs a thread one file.
 */

import type { HostFunctions, JsonValue } from './plugin-host.ts';
import type { ScheduledRunContext } from './plugin-run.ts';
import type { StandardSchema } from './standard-schema.ts';

export type {
  BuiltInFunctions,
  HostCaller,
  HostCalls,
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
export type { LogMethod, RunLogger, ScheduledRunContext } from './plugin-run.ts';
export type { StandardIssue, StandardResult, StandardSchema, StandardSchemaProps } from './standard-schema.ts';

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

/** One recurring job that a plugin declares, with a `config` of the type `ConfigInput`. */
export interface Schedule<ConfigInput = JsonValue> {
  /** Unique within the plugin. */
  readonly id: string;
  /** For people: up to 4,096 characters. */
  readonly description?: string;
  /** An interval (`30s`, `PT5M`), a cron expression of 5 or 6 fields, or a nickname (`@daily`, `@reboot`). */
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
  /** Passed to every run as `ctx.config`, checked by the plugin's schema if it has one. JSON of up to 256 KiB. */
  readonly config?: ConfigInput;
  /** The limits of one run. Default: those of the scheduler. */
  readonly budget?: Budget;
  /** Default true. A disabled schedule is listed but never falls due; it can be triggered by hand. */
  readonly enabled?: boolean;
}

/**
 * What plugins offer to each other, and what they need. `scheduled` is provided by every plugin, `locking` by a scheduler
 * whose occurrences are claimed among nodes, and `host.<name>` by a scheduler with the host function of that name, be it
 * built in or yours. Other names are free: a letter, followed by up to 127 characters without spaces.
 */
export interface PluginCapabilities {
  /** What the plugin offers to others. */
  readonly provides?: readonly string[];
  /** The plugin is refused if nothing provides one of these. */
  readonly requires?: readonly string[];
}

/** A unit of background work: a module's default export, or what its default-exported factory returns. */
export interface ScheduledPlugin<Config = JsonValue | null, Host = HostFunctions, ConfigInput = Config> {
  /** Unique, and the same after a restart: it is part of lock keys and metric labels. */
  readonly name: string;
  /** For people and for `scheduler.manifest()`: up to 128 characters. */
  readonly version?: string;
  /** For people and for `scheduler.manifest()`: up to 4,096 characters. */
  readonly description?: string;
  /** What it offers to other plugins and needs of them. Default: neither. */
  readonly capabilities?: PluginCapabilities;
  /** Lower runs first among the occurrences of one tick. Default 1000. */
  readonly priority?: number;
  /**
   * Checks the `config` of each schedule when the plugin is loaded. What it makes of it must be JSON, and is what runs
   * get as `ctx.config`. A schedule without `config` is checked as undefined.
   */
  readonly config?: StandardSchema<ConfigInput, Config>;
  /** Called once, when the plugin is loaded or reloaded. May return no schedules. */
  schedules(): readonly Schedule<NoInfer<ConfigInput>>[] | Promise<readonly Schedule<NoInfer<ConfigInput>>[]>;
  /** The run succeeds when this returns or resolves, whatever the value, and fails when it throws or rejects. */
  run(ctx: ScheduledRunContext<Config, Host>): unknown;
  /** Called before the plugin is unloaded, in every thread that loaded it. */
  cleanup?(): void | Promise<void>;
}

/** What a factory receives: for whom its plugin is installed, and with which options. */
export interface PluginInstall<Options = JsonValue | null> {
  /** The module as it was named, as a URL if it is a file. */
  readonly module: string;
  /** Absent: for all. */
  readonly tenantId?: string;
  /** Absent: for all of the tenant. */
  readonly siteId?: string;
  /** The options of the installation, as the factory's schema has passed them on if there is one. Null if there are none. */
  readonly options: Options;
}

/** What checks the config of a plugin's schedules, and the options of its installation. */
export interface PluginSchemas<Config = unknown, Options = unknown, ConfigInput = unknown> {
  /** As `config` of `ScheduledPlugin`. */
  readonly config?: StandardSchema<ConfigInput, Config>;
  /**
   * Checks the options of the installation in each thread, before the factory is called. What it makes of them is what the
   * factory gets, and need not be JSON. An installation without options is checked as undefined.
   */
  readonly options?: StandardSchema<unknown, Options>;
}

/** A default export that makes the plugin of one installation. It may have schemas. */
export interface PluginFactory<
  Config = JsonValue | null,
  Options = JsonValue | null,
  Host = HostFunctions,
  ConfigInput = Config,
> extends PluginSchemas<Config, Options, ConfigInput> {
  /** Called once for each installation, in every thread that loads it. */
  (
    install: PluginInstall<Options>,
  ): ScheduledPlugin<Config, Host, ConfigInput> | Promise<ScheduledPlugin<Config, Host, ConfigInput>>;
}

/**
 * Gives the types of the contract to a plugin or a factory, and returns it. `Config` is the type of `ctx.config`,
 * `Options` that of `install.options`, and `Host` has the host's functions by name. Where there are schemas, they say the
 * first two. Without, the types are what you claim, and nobody checks them.
 */
export function definePlugin<
  Config = JsonValue | null,
  Options = JsonValue | null,
  Host = HostFunctions,
  ConfigInput = Config,
>(plugin: PluginExport<Config, Options, Host, ConfigInput> & NoFunction): ScheduledPlugin<Config, Host, ConfigInput>;
/** The same for a factory, with the schemas that `Config` and `Options` follow from. */
export function definePlugin<
  Config = JsonValue | null,
  Options = JsonValue | null,
  Host = HostFunctions,
  ConfigInput = Config,
>(
  schemas: PluginSchemas<Config, Options, ConfigInput>,
  factory: PluginFactory<NoInfer<Config>, NoInfer<Options>, Host, NoInfer<ConfigInput>>,
): PluginFactory<Config, Options, Host, ConfigInput>;
/** The same for a factory without schemas. One in what it returns types `ctx.config` if `install` is typed or left out. */
export function definePlugin<
  Config = JsonValue | null,
  Options = JsonValue | null,
  Host = HostFunctions,
  ConfigInput = Config,
>(factory: PluginExport<Config, Options, Host, ConfigInput>): PluginFactory<Config, Options, Host, ConfigInput>;
export function definePlugin(
  given: PluginSchemas | PluginExport<unknown, unknown>,
  factory?: PluginFactory<unknown, unknown>,
): unknown {
  if (factory === undefined) return given;
  const { config, options } = given as PluginSchemas;
  return Object.assign((install: PluginInstall<unknown>) => factory(install), { config, options });
}

/** What a plugin module exports. */
type PluginExport<Config, Options, Host = HostFunctions, ConfigInput = Config> =
  | ScheduledPlugin<Config, Host, ConfigInput>
  | PluginFactory<Config, Options, Host, ConfigInput>;

/** What no function is. */
interface NoFunction {
  readonly call?: never;
}
