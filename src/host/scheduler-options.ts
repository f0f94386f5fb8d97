import type { Budget, JsonValue } from '../plugin.ts';
import type { BackendDescription } from '../supervisor/supervisor-config.ts';
import type { HostFunction } from './host-functions.ts';

/** A plugin to install: its module, or its module with what this installation of it is for. */
export type PluginOption =
  | string
  | {
      /** A path or `file:` URL, relative to `baseUrl`, or a package. */
      readonly module: string;
      readonly tenantId?: string;
      readonly siteId?: string;
      /** Handed to the plugin's factory. */
      readonly options?: JsonValue;
    };

/** The threads that run plugins. */
export interface PoolOptions {
  /** Threads that are kept although they are idle. Default: as many as `maxThreads`. */
  readonly minThreads?: number;
  /** Runs at a time. Default: the number of cores, at least 2. */
  readonly maxThreads?: number;
  /** Runs that may wait for a thread; more end as `pool-full`. Default 10,000. */
  readonly maxQueue?: number;
  /** By how much plugins are nicer than the host (POSIX). Default 10. */
  readonly niceIncrement?: number;
  /** V8's limits for each thread, as `worker_threads` takes them. Default: `maxOldGenerationSizeMb` is `budget.heapMb`. */
  readonly resourceLimits?: {
    readonly maxOldGenerationSizeMb?: number;
    readonly maxYoungGenerationSizeMb?: number;
    readonly codeRangeSizeMb?: number;
    readonly stackSizeMb?: number;
  };
  /** What plugins see as `process.env`. Default: a copy of the host's. */
  readonly env?: Readonly<Record<string, string>>;
  /** How long a plugin may take to load, in milliseconds. Default 10,000. */
  readonly loadTimeoutMs?: number;
}

/** The scheduler's log: one JSON line a fact, written by the supervisor thread. */
export interface LoggerOptions {
  /** pino's levels, or `silent`. Default `info`. */
  readonly level?: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** A file descriptor or a file's path. Default 1, the standard output. */
  readonly destination?: number | string;
  /** Paths of fields whose values are replaced by `[Redacted]`, in pino's syntax. */
  readonly redact?: readonly string[];
}

/** What `createScheduler()` takes. */
export interface SchedulerOptions {
  readonly plugins?: readonly PluginOption[];
  /** What relative modules are relative to: `import.meta.url`, or a folder. Default: the working directory. */
  readonly baseUrl?: string | URL;
  readonly pool?: PoolOptions;
  /** Defaults of every run. */
  readonly budget?: Budget;
  /** IANA zone of schedules that name none. Default `UTC`. */
  readonly timezone?: string;
  /** Default `memoryStore()`. */
  readonly store?: BackendDescription;
  /** Default: none, which is right for a single node. */
  readonly locking?: BackendDescription;
  /** Whether other nodes run the same schedules. Default false. */
  readonly cluster?: boolean;
  /** Unique per process. Default: random. */
  readonly nodeId?: string;
  readonly logger?: LoggerOptions;
  /** `throw` (default): `start()` rejects with every refused plugin, and nothing starts. `continue`: the others run. */
  readonly onPluginError?: 'throw' | 'continue';
  /** Load and check plugins as ever, but let nothing fall due: what `escapement validate` does. Default false. */
  readonly dryRun?: boolean;
  /** Functions that plugins may call as `ctx.host.name(…)`: JSON in, JSON out. They run on the host thread. */
  readonly hostFunctions?: Readonly<Record<string, HostFunction>>;
}

/** Returns its argument: gives a configuration file its types. */
export function defineConfig(options: SchedulerOptions): SchedulerOptions {
  return options;
}
