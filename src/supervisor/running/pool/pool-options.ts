import { fileURLToPath } from 'node:url';
import type { ResourceLimits } from 'node:worker_threads';
import type { Clock } from '../../ports/clock.ts';

/** Options of a pool. */
export interface PiscinaPoolOptions {
  /** How many threads start at once. More start when they are needed, up to `maxThreads`. Idle threads stay. */
  readonly minThreads: number;
  readonly maxThreads: number;
  /** How many runs may wait for a thread. */
  readonly maxQueue: number;
  /**
   * By how much pool threads raise their niceness, see nice(1), so that the host comes first. Default 10; 0 where
   * @napi-rs/nice has no binary.
   */
  readonly niceIncrement?: number;
  /** V8's limits for each thread. Default: an old generation of 512 MiB. */
  readonly resourceLimits?: ResourceLimits;
  /** Environment variables of the threads. Default, also for null: a copy of the process's. */
  readonly env?: Readonly<Record<string, string>> | null;
  /**
   * How long a thread may take to take a run, its start-up included; after that the run goes to another thread. Default
   * 10,000.
   */
  readonly entryTimeoutMs?: number;
  /** How long a plugin may take to load in a thread that runs it for the first time. Default 30,000. */
  readonly loadTimeoutMs?: number;
  /** Names of the functions on `ctx.host`. */
  readonly hostFunctions: readonly string[];
  readonly clock: Clock;
  /** The file that the threads execute: `workers/run-entry`. */
  readonly runEntry: URL;
}

/** The part of the options that piscina gets. */
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
