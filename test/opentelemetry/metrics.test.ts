import { describe, expect, test } from 'vitest';
import { nextRun } from '../support/scheduler-harness.ts';
import { startTraced } from './tracing.ts';

describe('the instruments', { timeout: 30_000 }, () => {
  test('count and time what runs', async () => {
    const { scheduler, points } = await startTraced();
    for (const key of ['traced/succeeds', 'traced/fails', 'traced/succeeds']) {
      const run = nextRun(scheduler);
      await scheduler.trigger(key);
      await run;
    }
    expect(await points('escapement.runs')).toEqual([
      [{ 'escapement.plugin': 'traced', 'escapement.run.outcome': 'succeeded' }, 2],
      [{ 'escapement.plugin': 'traced', 'escapement.run.outcome': 'failed' }, 1],
    ]);
    expect(await points('messaging.process.duration')).toEqual([
      [expect.objectContaining({ 'messaging.destination.name': 'traced/succeeds' }), 2],
      [expect.objectContaining({ 'messaging.destination.name': 'traced/fails', 'error.type': 'RangeError' }), 1],
    ]);
    const lateness = await points('escapement.run.lateness');
    expect(lateness.map(([attributes, count]) => [Object.values(attributes)[0], count])).toEqual(
      ['tick', 'lock', 'queue', 'start', 'total'].map((part) => [part, 3]),
    );
  });

  test('count what does not run, by the plugin and without the tenant', async () => {
    const { scheduler, points } = await startTraced();
    scheduler.emit('decision', {
      key: 'traced@acme:berlin/a/b',
      nodeId: 'n',
      outcome: 'overlap',
      fromMs: 0,
      untilMs: 0,
      count: 3,
      atMs: 0,
    });
    expect(await points('escapement.skipped_occurrences')).toEqual([
      [{ 'escapement.plugin': 'traced', 'escapement.run.outcome': 'overlap' }, 3],
    ]);
  });

  test('observe the pool and the clock, and nothing where nothing is known', async () => {
    const { scheduler, points } = await startTraced({ pool: { maxThreads: 2, minThreads: 2 } });
    expect(await points('escapement.pool.threads')).toEqual([[{}, 2]]);
    expect(await points('escapement.schedules.waiting')).toEqual([[{}, 4]]);
    expect(await points('escapement.store.errors')).toEqual([[{}, 0]]);
    expect(await points('escapement.clock.skew')).toEqual([]);
    await scheduler.stop();
    expect(await points('escapement.runs')).toEqual([]);
  });
});
