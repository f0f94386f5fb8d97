import { describe, expect, test } from 'vitest';
import { memoryStore, type RunRecord } from '../../src/index.ts';
import { collectGarbage } from '../support/collect-garbage.ts';
import { fixture, nextRun, startScheduler } from '../support/scheduler-harness.ts';

describe('SupervisorClient', () => {
  test('keeps as many records in its replica as the memory store does', async () => {
    const plugins = [{ module: fixture('plugins/beats.ts'), options: { ids: ['only'], cron: '1h' } }];
    const scheduler = await startScheduler({ plugins, store: memoryStore({ maxRecords: 2 }) });
    // The replica and the event share the record, because they arrive in one message.
    const records: WeakRef<RunRecord>[] = [];
    for (let count = 0; count < 4; count++) {
      const run = nextRun(scheduler);
      await scheduler.trigger('beats/only');
      records.push(new WeakRef(await run));
      await scheduler.schedules();
    }
    await collectGarbage();
    const kept = records.map((record) => record.deref() !== undefined);
    expect(kept).toEqual([false, false, true, true]);
  });
});
