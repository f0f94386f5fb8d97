/** What the supervisor reports about plugins: what is installed, and what a reload has changed. */
import type { Budget, LockingHint, MissedRunPolicy, Permissions, Watch } from '../plugin.ts';

/** What a reload has changed, by schedule key. Schedules that remain continue where they were. */
export interface ReloadReport {
  /** The keys that are new. */
  readonly added: readonly string[];
  /** The keys that are gone. */
  readonly removed: readonly string[];
  /** `why` names each field with its old and its new value. */
  readonly changed: readonly { readonly key: string; readonly why: string }[];
  /** The keys of which nothing has changed. */
  readonly unchanged: readonly string[];
}

/** What a scheduler has installed, in the answer of `scheduler.manifest()`. */
export interface Manifest {
  /** The capabilities that the scheduler itself provides. */
  readonly provides: readonly string[];
  /** What is installed. */
  readonly plugins: readonly PluginManifest[];
}

/** One installation of a plugin, as it is declared. A limit that is `Infinity` is none. */
export interface PluginManifest {
  /** The name. */
  readonly name: string;
  /** The version that it declares. */
  readonly version?: string;
  /** A text for people. */
  readonly description?: string;
  /** The module, as a URL or a package name. */
  readonly module: string;
  /** For whom the plugin is installed; absent for all. */
  readonly tenantId?: string;
  /** The site of the tenant; absent for all of them. */
  readonly siteId?: string;
  /** What its runs are executed in. */
  readonly isolation: 'thread' | 'process';
  /** Lower runs first. */
  readonly priority: number;
  /** Capabilities; `scheduled` is among them. */
  readonly provides: readonly string[];
  /** The capabilities that it needs. */
  readonly requires: readonly string[];
  /** What it requires and nothing provides: after a dry run, or because what provided it has gone. */
  readonly missing: readonly string[];
  /** What it may reach; absent for the defaults. */
  readonly permissions?: Permissions;
  /** The limits of its runs whose schedules set none. */
  readonly budget: Budget;
  /** How many of its runs may execute at a time. */
  readonly maxConcurrent?: number;
  /**
   * Of a WASM guest whose instructions are counted: what each call that loaded it has used, and how many instructions it
   * may use.
   */
  readonly loadFuel?: readonly { readonly call: string; readonly used: number; readonly limit: number }[];
  /** Its schedules. */
  readonly schedules: readonly ScheduleManifest[];
}

/** One schedule of a plugin, as it is declared. */
export interface ScheduleManifest {
  /** Unique within the plugin. */
  readonly id: string;
  /** The key of the schedule. */
  readonly key: string;
  /** A text for people. */
  readonly description?: string;
  /** The expression, as it was declared. */
  readonly cron: string;
  /** The IANA time zone. */
  readonly timezone: string;
  /** What happens to missed occurrences. */
  readonly missedRunPolicy: MissedRunPolicy;
  /** Whether an occurrence needs a lock that other nodes respect. */
  readonly locking: LockingHint;
  /** Whether it falls due at all. */
  readonly enabled: boolean;
  /** The limits of one run. */
  readonly budget: Budget;
  /** When somebody is told that it is silent. */
  readonly watch?: Watch;
}
