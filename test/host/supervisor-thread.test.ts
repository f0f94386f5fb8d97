import { describe, expect, test } from 'vitest';
import { startScheduler } from '../support/scheduler-harness.ts';
import { startedWorkers } from '../support/started-workers.ts';

describe('SupervisorThread', () => {
  test('does not let the young generation of its thread grow as it likes, and leaves the old one alone', async () => {
    const workers = startedWorkers();
    await startScheduler({});
    const heap = await workers[0]?.getHeapStatistics();
    const { maxYoungGenerationSizeMb = 0 } = workers[0]?.resourceLimits ?? {};
    expect(maxYoungGenerationSizeMb).toBeLessThanOrEqual(12);
    // V8's limit is of both together.
    expect(heap?.heap_size_limit).toBeGreaterThan(2 ** 30);
  });
});
