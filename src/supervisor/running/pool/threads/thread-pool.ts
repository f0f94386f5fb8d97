import type { RunPoolListener } from '../../../ports/run-pool.ts';
import { WorkerPool } from '../worker-pool.ts';
import { ThreadGeneration } from './thread-generation.ts';
import { type ThreadPoolOptions, threadOptions } from './thread-options.ts';

/** A pool whose workers are threads of this process. */
export function threadPool(options: ThreadPoolOptions, listener?: RunPoolListener): WorkerPool {
  return new WorkerPool(
    options,
    (size, heard) => new ThreadGeneration(threadOptions(options, size), options.clock, heard),
    listener,
  );
}
