import { memoryLocking, postgresStore, type SchedulerOptions } from '../../index.ts';

const SHARED_STORE = postgresStore({ connectionString: 'postgres://localhost' }).module;

/** The options of a scheduler that loads the plugins of another one and checks them, and touches nothing else. */
export function dryOptions({ store, locking, cluster: _, ...others }: SchedulerOptions): SchedulerOptions {
  // A backend is not opened, and only that there is one matters.
  const hasLocks = locking !== undefined || store?.module === SHARED_STORE;
  return {
    ...others,
    ...(hasLocks && { locking: memoryLocking() }),
    pool: { ...others.pool, minThreads: 1, maxThreads: 1 },
    dryRun: true,
    logger: { level: 'silent' },
  };
}
