import type { RunPoolListener } from '../../../ports/run-pool.ts';
import { WorkerPool } from '../worker-pool.ts';
import { ChildrenMemory } from './accounts/children-memory.ts';
import { EarlierChildren } from './earlier-children.ts';
import { ProcessGeneration } from './process-generation.ts';
import { type ProcessPoolOptions, processOptions } from './process-options.ts';

/** A pool whose workers are child processes. */
export function processPool(options: ProcessPoolOptions, listener?: RunPoolListener): WorkerPool {
  const { clock } = options;
  const earlier = new EarlierChildren(options.owner);
  const memory = new ChildrenMemory();
  return new WorkerPool(
    { ...options, memoryUse: memory },
    (size, heard) => new ProcessGeneration(processOptions(options, size), { clock, earlier, memory, listener: heard }),
    listener,
  );
}
