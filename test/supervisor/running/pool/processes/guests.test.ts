/** What holds for a guest in a thread holds for a guest in a process. */
import { PoolHarness } from '../../../../support/pool-harness.ts';

PoolHarness.isolation = 'process';
await import('../guests.test.ts');
