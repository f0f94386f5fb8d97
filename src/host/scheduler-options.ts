import type { Budget, JsonValue, Permissions } from '../plugin.ts';
import type { BackendDescription } from '../supervisor/supervisor-config.ts';
import type { HostFunction } from './host-functions.ts';
import type { CheckInOption, NotifyTarget } from './notify/notify-options.ts';

/** A plugin to install: only its module, or the module with the options of this installation. */
export type PluginOption =
  | string
  | {
      /** A path relative to `baseUrl`, a `file:` URL or the name of a package. */
      readonly module: string;
      readonly tenantId?: string;
      readonly siteId?: string;
      /** Passed to the plugin's factory. */
      readonly options?: JsonValue;
      /** What it may reach. */
      readonly permissions?: Permissions;
      /** The IANA zone of its schedules that do not name one. Default: the scheduler's. */
      readonly timezone?: string;
      /** The limits of its runs. What is absent is the scheduler's; a schedule's own budget wins. */
      readonly budget?: Budget;
      /** How many of its runs may execute at a time. Others wait, and let runs of other plugins pass. Default: no limit. */
      readonly maxConcurrent?: number;
      /** What the plugin runs in. Default: `pool.isolation`. */
      readonly isolation?: 'thread' | 'process';
      /** Of a WASM guest: whether every run gets a fresh instance (default), or all runs in a thread share one. */
      readonly instance?: 'fresh' | 'kept';
      /** Where its runs check in with a monitor. The plugin does not see it. Default: nowhere. */
      readonly checkIn?: CheckInOption | readonly CheckInOption[];
    };

/** The threads and processes that run plugins. */
export interface PoolOptions {
  /** How many threads are kept while they are idle. Default: as many as `maxThreads`. */
  readonly minThreads?: number;
  /** How many runs may execute at a time. Default: the number of cores, at least 2. */
  readonly maxThreads?: number;
  /** How many runs may wait for a thread; further ones end as `pool-full`. Default 10,000. */
  readonly maxQueue?: number;
  /** How much the priority of pool threads is lowered, as by `nice` (POSIX): 0 to 19. Default 10. */
  readonly niceIncrement?: number;
  /**
   * V8's limits for each thread, as in `worker_threads`. Default: `maxOldGenerationSizeMb` is four times
   * `budget.heapMb`, and at least 4,096. One allocation beyond it ends the whole process.
   */
  readonly resourceLimits?: {
    readonly maxOldGenerationSizeMb?: number;
    readonly maxYoungGenerationSizeMb?: number;
    readonly codeRangeSizeMb?: number;
    readonly stackSizeMb?: number;
  };
  /** The `process.env` of plugins. Default: a copy of the host's. */
  readonly env?: Readonly<Record<string, string>>;
  /** The longest call of a host function, in bytes. Default 1,048,576. */
  readonly maxMessageBytes?: number;
  /**
   * When the process uses more memory than this, in MiB, the greediest run ends as `out-of-memory`; for runs in processes,
   * when all these processes do together. Default: nine tenths of what the machine has, or the process's control group
   * allows.
   */
  readonly memoryLimitMb?: number;
  /** How long a plugin may take to load, in milliseconds. Default 10,000. */
  readonly loadTimeoutMs?: number;
  /**
   * What plugins run in that do not say it themselves: threads of the host's process (default), or processes of their
   * own, which contain more and cost more.
   */
  readonly isolation?: 'thread' | 'process';
  /** How plugins run that have a process of their own. */
  readonly processes?: ProcessOptions;
}

/** The processes of plugins with `isolation: 'process'`. */
export interface ProcessOptions {
  /** Their environment. Default: `pool.env`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Their working directory; a relative path is taken from `baseUrl`. Default: the host's. */
  readonly cwd?: string;
  /** The user and the group that they run as, by number (POSIX). Default: the host's. */
  readonly uid?: number;
  /** The group that the processes run as. Default: that of the host. */
  readonly gid?: number;
  /** Further flags of Node.js for them, such as `--permission`. */
  readonly execArgv?: readonly string[];
}

/** The scheduler's log. The supervisor thread writes one JSON line for each fact, even while the host is blocked. */
export interface LoggerOptions {
  /** A level of pino, or `silent`. Default `info`. */
  readonly level?: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** A file descriptor or the path of a file. Default 1, the standard output. */
  readonly destination?: number | string;
  /** Paths of fields whose values are replaced by `[Redacted]`, in pino's syntax. Default: none. */
  readonly redact?: readonly string[];
}

/** Where the console listens, and who may use it. It has a thread of its own, so that it answers while the host is blocked. */
export interface ConsoleOptions {
  /** The TCP port; 0 is one that is free, which `scheduler.console` names. Default: none. */
  readonly port?: number;
  /** The address that the port is opened on. Any but a loopback address needs a `token`. Default `127.0.0.1`. */
  readonly host?: string;
  /**
   * The path of a Unix domain socket, which only the user of this process may use. Default: beside the file of a
   * `sqliteStore()`, where the command line finds it; none with other stores.
   */
  readonly socket?: string;
  /** What a client has to send to look and to act. Default: nothing. */
  readonly token?: string;
  /** Whether nobody may act. Default false. */
  readonly readOnly?: boolean;
}

/** The options of `createScheduler()`. Every one is optional. */
export interface SchedulerOptions {
  /** Default: none; `install()` adds more later. */
  readonly plugins?: readonly PluginOption[];
  /** Where relative modules are found from: `import.meta.url`, or a folder. Default: the working directory. */
  readonly baseUrl?: string | URL;
  /** The threads and processes that execute runs. */
  readonly pool?: PoolOptions;
  /** The default limits of every run. A schedule's own budget wins. */
  readonly budget?: Budget;
  /** The IANA zone of schedules that do not name one. Default `UTC`. */
  readonly timezone?: string;
  /** Where state and history are kept. Default `memoryStore()`. */
  readonly store?: BackendDescription;
  /** How nodes agree who runs an occurrence. Default: no locking, which is right for a single node. */
  readonly locking?: BackendDescription;
  /** Whether other nodes run the same schedules. Default false. */
  readonly cluster?: boolean;
  /** Must be unique for each process. Default: random. */
  readonly nodeId?: string;
  /** Where the log goes, and how much of it there is. */
  readonly logger?: LoggerOptions;
  /** A page, an API and metrics to see and steer this scheduler with. Default: none. */
  readonly console?: ConsoleOptions;
  /**
   * What happens when a plugin is refused at the start. `throw` (default): `start()` rejects with every reason, and
   * nothing starts. `continue`: the other plugins run.
   */
  readonly onPluginError?: 'throw' | 'continue';
  /** Loads and checks plugins, but lets nothing fall due: `escapement validate` uses it. Default false. */
  readonly dryRun?: boolean;
  /** Functions that plugins may call as `ctx.host.name(…)`, with JSON in and out. They run on the host thread. */
  readonly hostFunctions?: Readonly<Record<string, HostFunction>>;
  /** Whom to tell that a schedule began to fail, fell silent or recovered, also while the host is blocked. Default: nobody. */
  readonly notify?: NotifyTarget | readonly NotifyTarget[];
}

/** Returns its argument, and so gives a configuration file its types. */
export function defineConfig(options: SchedulerOptions): SchedulerOptions {
  return options;
}
