import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { SupervisorDiedError, UnknownRunError } from '../../src/errors.ts';
import { sourceOf } from '../../src/host/source-of.ts';
import type { Scheduler } from '../../src/index.ts';
import type { OperatorEvent, OperatorTopic } from '../../src/supervisor/operator-protocol.ts';
import { fixture, newScheduler, nextRun, startScheduler } from '../support/scheduler-harness.ts';
import { startedWorkers } from '../support/started-workers.ts';

const KEY = 'logs/line';

/** Resolves when as many events as this were heard. */
function heard(scheduler: Scheduler, topics: readonly OperatorTopic[], count: number): Promise<OperatorEvent[]> {
  return new Promise((resolve) => {
    const events: OperatorEvent[] = [];
    const end = sourceOf(scheduler).listen(topics, (batch) => {
      events.push(...batch);
      if (events.length < count) return;
      end();
      resolve(events);
    });
  });
}

describe('sourceOf', { timeout: 40_000 }, () => {
  test('asks the scheduler what an operator asks, and hears what he hears', async () => {
    const scheduler = await startScheduler({ plugins: [{ module: fixture('plugins/logs.ts'), options: {} }] });
    const source = sourceOf(scheduler);
    expect(sourceOf(scheduler)).toBe(source);
    expect(await source.ask('page', {})).toMatchObject({ total: 1, schedules: [{ key: KEY }] });

    const events = heard(scheduler, ['run-start', 'log', 'run', 'audit'], 4);
    // What was asked after it has been heard by the supervisor after it.
    await source.ask('live', null);
    const { runId } = await source.ask('trigger', { key: KEY, by: 'ada' });
    const byType = new Map((await events).map((event) => [event.type, event.event]));
    expect(byType.get('audit')).toMatchObject({ by: 'ada', action: 'trigger', key: KEY, runId });
    expect(byType.get('log')).toMatchObject({ runId, key: KEY, line: { level: 'info', message: 'a line' } });
    expect(byType.get('run')).toMatchObject({ runId, outcome: 'succeeded' });
    expect(byType.get('run-start')).toMatchObject({ runId });
    await expect(source.ask('abort', { runId, by: 'ada' })).rejects.toThrow(UnknownRunError);
  });

  test('hears the next supervisor thread when one has died', async () => {
    const workers = startedWorkers();
    const scheduler = await startScheduler({ plugins: [{ module: fixture('plugins/logs.ts'), options: {} }] });
    const events = heard(scheduler, ['log'], 1);
    await sourceOf(scheduler).ask('pause', { key: KEY, by: 'ada', note: 'before the death' });
    await workers[0]?.terminate();
    await once(scheduler, 'warning');
    expect(await sourceOf(scheduler).ask('audit', {})).toMatchObject([{ by: 'ada', note: 'before the death' }]);
    await scheduler.trigger(KEY);
    expect(await events).toMatchObject([{ type: 'log' }]);
  });

  test('may be asked before the scheduler has started', async () => {
    const scheduler = await newScheduler({ plugins: [{ module: fixture('plugins/logs.ts'), options: {} }] });
    await expect(sourceOf(scheduler).ask('live', null)).rejects.toThrow(SupervisorDiedError);
    await scheduler.start();
    expect(await sourceOf(scheduler).ask('live', null)).toEqual([]);
  });

  test('aborts a run, as the handle does', async () => {
    const scheduler = await startScheduler({ plugins: [fixture('plugins/waiter.ts')] });
    const started = once(scheduler, 'run-start');
    const runId = await scheduler.trigger('waiter/polite');
    await started;
    const ended = nextRun(scheduler);
    await scheduler.abort(runId);
    expect(await ended).toMatchObject({ runId, outcome: 'aborted' });
    await expect(scheduler.abort(runId)).rejects.toThrow(UnknownRunError);
    expect(await sourceOf(scheduler).ask('audit', { limit: 2 })).toMatchObject([
      { by: 'host', action: 'abort', runId, refusal: expect.stringContaining('is not under way') },
      { by: 'host', action: 'abort', runId, key: 'waiter/polite' },
    ]);
  });
});
