import type { RunPoolListener } from '../../../ports/run-pool.ts';
import { WorkerPool } from '../worker-pool.ts';
import { EarlierChildren } from './earlier-children.ts';
import { ProcessGeneration } from './process-generation.ts';
import { type ProcessPoolOptions, processOptions } from './process-options.ts';

/** A pool whose workers are child processes. */
export function processPool(options: ProcessPoolOptions, listener?: RunPoolListener): WorkerPool {
  const earlier = new EarlierChildren(options.owner);
  return new WorkerPool(
    options,
    (size, heard) =>
      new ProcessGeneration(processOptions(options, size), { clock: options.clock, earlier, listener: heard }),
    listener,
  );
}
