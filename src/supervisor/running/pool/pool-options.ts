import { fileURLToPath } from 'node:url';
import type { ResourceLimits } from 'node:worker_threads';
import type { Clock } from '../../ports/clock.ts';

/** What a pool is made of. */
export interface PiscinaPoolOptions {
  /** Threads that are started at once; more, up to `maxThreads`, when they are needed. They stay. */
  readonly minThreads: number;
  readonly maxThreads: number;
  /** How many runs may wait for a thread. */
  readonly maxQueue: number;
  /** How much nicer than the host pool threads are to other threads. Default 10; 0 where @napi-rs/nice has no binary. */
  readonly niceIncrement?: number;
  /** V8's limits of each thread. Default: an old generation of 512 MiB. */
  readonly resourceLimits?: ResourceLimits;
  /** Environment variables of the threads. Default (or null): a copy of the process's. */
  readonly env?: Readonly<Record<string, string>> | null;
  /**
   * How long a thread may take to start up, where needed, and to take a run; then the run goes to another thread. Default
   * 10,000.
   */
  readonly entryTimeoutMs?: number;
  /** How long a plugin may take to load when a run is the first of its thread that needs it. Default 30,000. */
  readonly loadTimeoutMs?: number;
  /** Names of the functions on `ctx.host`. */
  readonly hostFunctions: readonly string[];
  readonly clock: Clock;
  /** The file that the threads run: `workers/run-entry`. */
  readonly runEntry: URL;
}

/** Piscina's part of the options. */
export type ThreadOptions = ReturnType<typeof threadOptions>;

export function threadOptions(options: PiscinaPoolOptions) {
  const { minThreads, maxThreads, niceIncrement = 10, resourceLimits, env, runEntry } = options;
  return {
    filename: fileURLToPath(runEntry),
    minThreads: Math.min(minThreads, maxThreads),
    maxThreads,
    niceIncrement,
    resourceLimits: { maxOldGenerationSizeMb: 512, ...resourceLimits },
    ...(env && { env: { ...env } }),
  };
}
