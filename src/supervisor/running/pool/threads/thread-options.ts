import { fileURLToPath } from 'node:url';
import type { ResourceLimits } from 'node:worker_threads';
import type { GenerationSize } from '../generation.ts';
import type { WorkerPoolOptions } from '../pool-options.ts';

/** Options of a pool of threads. */
export interface ThreadPoolOptions extends WorkerPoolOptions {
  /**
   * By how much pool threads raise their niceness, see nice(1), so that the host comes first. Default 10; 0 where
   * @napi-rs/nice has no binary.
   */
  readonly niceIncrement?: number;
  /** V8's limits for each thread. Default: an old generation of 512 MiB. */
  readonly resourceLimits?: ResourceLimits;
  /** Environment variables of the threads. Default, also for null: a copy of the process's. */
  readonly env?: Readonly<Record<string, string>> | null;
  /** The file that the threads execute: `workers/run-entry`. */
  readonly runEntry: URL;
}

/** The part of the options that piscina gets. */
export type ThreadOptions = ReturnType<typeof threadOptions>;

export function threadOptions(options: ThreadPoolOptions, { minThreads, maxThreads }: GenerationSize) {
  const { niceIncrement = 10, resourceLimits, env, runEntry } = options;
  return {
    filename: fileURLToPath(runEntry),
    minThreads: Math.min(minThreads, maxThreads),
    maxThreads,
    niceIncrement,
    resourceLimits: { maxOldGenerationSizeMb: 512, ...resourceLimits },
    ...(env && { env: { ...env } }),
  };
}
