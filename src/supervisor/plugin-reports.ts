/** What the supervisor reports about plugins: what is installed, and what a reload has changed. */
import type { Budget, LockingHint, MissedRunPolicy, Permissions, Watch } from '../plugin.ts';

/** What a reload has changed, by schedule key. Schedules that remain continue where they were. */
export interface ReloadReport {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** `why` names each field with its old and its new value. */
  readonly changed: readonly { readonly key: string; readonly why: string }[];
  readonly unchanged: readonly string[];
}

/** What a scheduler has installed, in the answer of `scheduler.manifest()`. */
export interface Manifest {
  /** The capabilities that the scheduler itself provides. */
  readonly provides: readonly string[];
  readonly plugins: readonly PluginManifest[];
}

/** One installation of a plugin, as it is declared. A limit that is `Infinity` is none. */
export interface PluginManifest {
  readonly name: string;
  readonly version?: string;
  readonly description?: string;
  readonly module: string;
  readonly tenantId?: string;
  readonly siteId?: string;
  readonly isolation: 'thread' | 'process';
  readonly priority: number;
  /** Capabilities; `scheduled` is among them. */
  readonly provides: readonly string[];
  readonly requires: readonly string[];
  /** What it requires and nothing provides: after a dry run, or because what provided it has gone. */
  readonly missing: readonly string[];
  readonly permissions?: Permissions;
  /** The limits of its runs whose schedules set none. */
  readonly budget: Budget;
  readonly maxConcurrent?: number;
  /**
   * Of a WASM guest whose instructions are counted: what each call that loaded it has used, and how many instructions it
   * may use.
   */
  readonly loadFuel?: readonly { readonly call: string; readonly used: number; readonly limit: number }[];
  readonly schedules: readonly ScheduleManifest[];
}

/** One schedule of a plugin, as it is declared. */
export interface ScheduleManifest {
  readonly id: string;
  readonly key: string;
  readonly description?: string;
  readonly cron: string;
  readonly timezone: string;
  readonly missedRunPolicy: MissedRunPolicy;
  readonly locking: LockingHint;
  readonly enabled: boolean;
  readonly budget: Budget;
  readonly watch?: Watch;
}
