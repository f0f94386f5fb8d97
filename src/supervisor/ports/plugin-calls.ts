import type { Place, ScheduleIdentity } from '../../machines/run.ts';
import type { JsonValue } from '../../plugin.ts';
import type { PluginSource } from '../../workers/protocol.ts';
import type { PluginMetric } from './plugin-metric.ts';

/** The run that calls a function, by what the supervisor itself knows of it. Nothing of it comes from the run's thread. */
export interface CallingRun {
  readonly runId: string;
  readonly occurrence?: { readonly traceparent?: string };
  /** When `run()` was called, epoch milliseconds. */
  readonly startedAtWallMs?: number | null;
  readonly definition: {
    readonly key: string;
    readonly identity: ScheduleIdentity;
    readonly source: Pick<PluginSource, 'module' | 'permissions'>;
    readonly budget: { readonly wallMs: number };
  };
}

/** A plugin as it is installed, for a tenant and a site or for nobody in particular. */
export interface Installation {
  readonly name: string;
  readonly reference: Place;
}

/** Answers the calls of plugins: the built-in functions, and those of the host. Called on the supervisor thread. */
export interface PluginCalls {
  /**
   * The name and the arguments come from the run's thread, and may be anything that can cross threads. Arguments that are
   * not JSON, or too long, are refused before a function sees them.
   */
  call(run: CallingRun, name: string, args: readonly JsonValue[]): Promise<JsonValue | undefined>;
  /** The run has ended: what it still waits for is given up. */
  ended(runId: string): void;
  /** Forgets what is kept of installations that are not among these. What is in the store stays. */
  keep(installed: Iterable<Installation>): void;
  metrics(): readonly PluginMetric[];
  close(): Promise<void>;
}
