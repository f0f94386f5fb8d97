/** What the supervisor thread is started with: plain data that the host thread makes of its options. */
import type { LedgerSnapshot } from '../machines/ledger/ledger-snapshot.ts';
import type { Budget, JsonValue } from '../plugin.ts';

/** A store or lock backend, to be built in its own thread: a module with a factory, and the factory's argument. */
export interface BackendDescription {
  /** `builtin:…`, or a `file:` URL or package whose default export is `(options) => backend`. */
  readonly module: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** A plugin to install. `module` is a `file:` URL or a bare package specifier. */
export interface PluginReference {
  readonly module: string;
  readonly resolveFrom: string;
  readonly tenantId?: string;
  readonly siteId?: string;
  readonly options: JsonValue | null;
}

/** The pool's size and the limits of its threads. */
export interface PoolConfig {
  readonly minThreads: number;
  readonly maxThreads: number;
  readonly maxQueue: number;
  readonly niceIncrement: number;
  readonly resourceLimits: Readonly<Record<string, number>>;
  readonly env: Readonly<Record<string, string>> | null;
  readonly loadTimeoutMs: number;
}

/** What pino is given; only what can cross a thread. */
export interface LogConfig {
  readonly level: string;
  /** A file descriptor or a file's path. */
  readonly destination: number | string;
  readonly redact: readonly string[];
}

/** Everything the supervisor thread is started with. */
export interface SupervisorConfig {
  readonly nodeId: string;
  /** New for every scheduler; supervisor threads that follow each other share it. */
  readonly incarnationId: string;
  readonly plugins: readonly PluginReference[];
  readonly onPluginError: 'throw' | 'continue';
  /** Plugins are loaded and checked, and nothing ever falls due. */
  readonly isDryRun: boolean;
  readonly timezone: string;
  readonly pool: PoolConfig;
  readonly budget: Required<Budget>;
  readonly store: BackendDescription;
  readonly locking: BackendDescription | null;
  readonly isCluster: boolean;
  readonly log: LogConfig;
  readonly hostFunctions: readonly string[];
}

/** What a supervisor thread is handed when it starts. */
export interface SupervisorThreadData {
  readonly config: SupervisorConfig;
  /** What the previous supervisor thread knew, when this one takes over from it. */
  readonly takeover: Takeover | null;
  /** One counter that the supervisor increments at every wake-up of its clock. */
  readonly heartbeat: SharedArrayBuffer;
}

/** The engine's state as the host thread has heard it. */
export interface Takeover {
  readonly ledger: LedgerSnapshot;
  readonly plugins: readonly PluginReference[];
}
