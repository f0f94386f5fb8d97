/** What the supervisor thread is started with: plain data that the host thread makes of its options. */
import type { LedgerSnapshot } from '../machines/ledger/ledger-snapshot.ts';
import type { Budget, JsonValue, Permissions } from '../plugin.ts';
import type { Isolation } from '../workers/protocol.ts';

/** A store or lock backend that is still to be built: the module of its factory, and the factory's argument. */
export interface BackendDescription {
  /** `builtin:…`, or a `file:` URL or package whose default export is a factory, `(options) => backend`. */
  readonly module: string;
  /** Its options, without what is secret. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Where runs of a plugin check in with a monitor: a secret of the host, which no plugin sees. */
export interface CheckIn {
  /** The one schedule that it is about. Absent: every schedule of the installation. */
  readonly schedule?: string;
  /** May hold `{plugin}`, `{schedule}`, `{tenant}` and `{site}`. */
  readonly url: string;
  readonly style: CheckInStyle;
}

/** How a monitor wants to hear of starts, successes and failures: see docs/notifications.md. */
export type CheckInStyle = 'healthchecks' | 'cronitor' | 'plain';

/** A plugin to install. `module` is a `file:` URL or a bare package specifier. */
export interface PluginReference {
  /** What the plugin was called when a supervisor thread last loaded it. Absent: none has. */
  readonly name?: string;
  readonly module: string;
  readonly resolveFrom: string;
  readonly tenantId?: string;
  readonly siteId?: string;
  readonly options: JsonValue | null;
  readonly permissions?: Permissions;
  /** The zone of its schedules that do not name one, and the limits of its runs. Absent: the scheduler's. */
  readonly timezone?: string;
  readonly budget?: Budget;
  /** How many of its runs may execute at a time. Absent: as many as there are threads. */
  readonly maxConcurrent?: number;
  /** Absent: as the pool is set. */
  readonly isolation?: Isolation;
  /** Of a WASM guest. Absent: fresh. */
  readonly instance?: 'fresh' | 'kept';
  readonly checkIn?: readonly CheckIn[];
}

/** The pool's size and the limits of its threads. */
export interface PoolConfig {
  readonly minThreads: number;
  readonly maxThreads: number;
  readonly maxQueue: number;
  readonly niceIncrement: number;
  readonly resourceLimits: Readonly<Record<string, number>>;
  readonly env: Readonly<Record<string, string>> | null;
  /** The longest call of a host function, in bytes. */
  readonly maxMessageBytes: number;
  /** How much memory the process, or those of the pool, may use before the greediest run is ended, in MiB. */
  readonly memoryLimitMb: number;
  readonly loadTimeoutMs: number;
  /** What runs plugins that do not say what they need. Default: threads. */
  readonly isolation?: Isolation;
  readonly processes?: ProcessConfig | null;
}

/** What only child processes have. */
export interface ProcessConfig {
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** An absolute path. */
  readonly cwd?: string | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  readonly execArgv?: readonly string[] | undefined;
}

/** The options of pino that can cross threads. */
export interface LogConfig {
  readonly level: string;
  /** A file descriptor or a file's path. */
  readonly destination: number | string;
  readonly redact: readonly string[];
}

/** Everything the supervisor thread is started with. */
export interface SupervisorConfig {
  readonly nodeId: string;
  /** New for every scheduler. A supervisor thread that replaces a dead one keeps it. */
  readonly incarnationId: string;
  readonly plugins: readonly PluginReference[];
  readonly onPluginError: 'throw' | 'continue';
  /** Whether plugins are only loaded and checked, so that nothing ever falls due. */
  readonly isDryRun: boolean;
  /** Whether nothing is to begin, because the supervisor thread that this one replaces was draining. Default false. */
  readonly isDraining?: boolean;
  /** Whether this supervisor thread replaces one that died, and therefore goes on with what was installed there. */
  readonly isTakeover?: boolean;
  /** When the present starts of its schedules fell due there, by key: of those that run once after each start. */
  readonly starts?: ReadonlyMap<string, number>;
  /** How many supervisor threads of this scheduler have died before. Default 0. */
  readonly restartCount?: number;
  readonly timezone: string;
  readonly pool: PoolConfig;
  readonly budget: Required<Budget>;
  readonly store: BackendDescription;
  readonly locking: BackendDescription | null;
  readonly isCluster: boolean;
  readonly log: LogConfig;
  readonly hostFunctions: readonly string[];
}

/** The `workerData` of a supervisor thread. */
export interface SupervisorThreadData {
  readonly config: SupervisorConfig;
  /** What the previous supervisor thread knew; null for the first one. */
  readonly takeover: Takeover | null;
  /** One 32-bit counter. The thread increments it while it starts and at every wake-up of its clock. */
  readonly heartbeat: SharedArrayBuffer;
}

/** The state of a dead supervisor thread, as far as the host had received it. */
export interface Takeover {
  readonly ledger: LedgerSnapshot;
  readonly plugins: readonly PluginReference[];
  readonly starts: ReadonlyMap<string, number>;
  readonly isDraining: boolean;
  /** How many supervisor threads of this scheduler have died before. */
  readonly restartCount: number;
}
