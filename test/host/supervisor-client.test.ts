import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { memoryStore, type RunRecord } from '../../src/index.ts';
import { fixture, nextRun, startScheduler } from '../support/scheduler-harness.ts';

describe('SupervisorClient', () => {
  test('keeps as many records in its replica as the memory store does', async () => {
    const plugins = [{ module: fixture('plugins/beats.ts'), options: { ids: ['only'], cron: '1h' } }];
    const spawned = once(process, 'worker');
    const scheduler = await startScheduler({ plugins, store: memoryStore({ maxRecords: 2 }) });
    const [thread] = (await spawned) as [Worker];
    const ran: RunRecord[] = [];
    for (let count = 0; count < 4; count++) {
      const run = nextRun(scheduler);
      await scheduler.trigger('beats/only');
      ran.push(await run);
    }
    const restarted = once(scheduler, 'warning');
    await thread.terminate();
    expect(await restarted).toMatchObject([{ code: 'supervisor-restarted' }]);
    // The next supervisor thread knows what the replica has kept.
    const known = await scheduler.history({ limit: 10 });
    expect(known.map(({ runId }) => runId)).toEqual([ran[3]?.runId, ran[2]?.runId]);
  });
});
