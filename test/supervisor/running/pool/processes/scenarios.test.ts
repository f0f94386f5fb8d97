/** What holds for a run in a thread holds for a run in a process: the same scenarios, on processes. */
import { PoolHarness } from '../../../../support/pool-harness.ts';

PoolHarness.isolation = 'process';
await import('../worker-pool.test.ts');
await import('../faults.test.ts');
await import('../load.test.ts');
