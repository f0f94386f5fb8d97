import { fileURLToPath } from 'node:url';
import type { ResourceLimits } from 'node:worker_threads';
import type { GenerationSize } from '../generation.ts';
import type { WorkerPoolOptions } from '../pool-options.ts';

const DEFAULT_HEAP_LIMIT_MB = 4_096;
/**
 * V8 takes the size of the young generation from the machine's memory: 192 MiB for each thread where there are 24 GiB,
 * beside what a run may hold.
 */
const DEFAULT_YOUNG_LIMIT_MB = 48;

/** Options of a pool of threads. */
export interface ThreadPoolOptions extends WorkerPoolOptions {
  /**
   * By how much pool threads raise their niceness, see nice(1), so that the host comes first. Default 10; 0 where
   * @napi-rs/nice has no binary.
   */
  readonly niceIncrement?: number;
  /**
   * V8's limits for each thread. Default: an old generation of 4,096 MiB, far above what runs may hold, and a
   * young one of 48 MiB. V8 ends the
   * whole process when one allocation goes beyond its limit, so the budgets must come first.
   */
  readonly resourceLimits?: ResourceLimits;
  /** Environment variables of the threads. Default, also for null: a copy of the process's. */
  readonly env?: Readonly<Record<string, string>> | null;
  /** The file that the threads execute: `workers/thread-entry`. */
  readonly runEntry: URL;
}

/** The part of the options that piscina gets. */
export type ThreadOptions = ReturnType<typeof threadOptions>;

export function threadOptions(options: ThreadPoolOptions, { minThreads, maxThreads, maxMessageBytes }: GenerationSize) {
  const { niceIncrement = 10, resourceLimits, env, runEntry, hostFunctions } = options;
  return {
    filename: fileURLToPath(runEntry),
    minThreads: Math.min(minThreads, maxThreads),
    maxThreads,
    maxMessageBytes,
    hostFunctions,
    niceIncrement,
    resourceLimits: {
      maxOldGenerationSizeMb: DEFAULT_HEAP_LIMIT_MB,
      maxYoungGenerationSizeMb: DEFAULT_YOUNG_LIMIT_MB,
      ...resourceLimits,
    },
    ...(env && { env: { ...env } }),
  };
}
