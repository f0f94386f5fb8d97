import type { Clock } from '../../ports/clock.ts';
import type { MemoryUse } from './budgets/memory-guard.ts';

export const DEFAULT_ENTRY_TIMEOUT_MS = 10_000;
export const DEFAULT_LOAD_TIMEOUT_MS = 30_000;

/** Options of a pool, whatever its workers are. */
export interface WorkerPoolOptions {
  /** How many workers start at once. More start when they are needed, up to `maxThreads`. Idle workers stay. */
  readonly minThreads: number;
  readonly maxThreads: number;
  /** How many runs may wait for a worker. */
  readonly maxQueue: number;
  /**
   * How long a worker may take to take a run, its start-up included; after that the run goes to another one. Default
   * 10,000.
   */
  readonly entryTimeoutMs?: number;
  /** How long a plugin may take to load in a worker that runs it for the first time. Default 30,000. */
  readonly loadTimeoutMs?: number;
  /** The longest call of a host function, in bytes. */
  readonly maxMessageBytes: number;
  /** How much memory the workers' process, or processes, may use before the greediest run is ended, in MiB. */
  readonly memoryLimitMb: number;
  /** What the limit is compared with. Default: the memory of this process, in which threads are. */
  readonly memoryUse?: MemoryUse;
  /** Names of the functions on `ctx.host`. */
  readonly hostFunctions: readonly string[];
  readonly clock: Clock;
}
