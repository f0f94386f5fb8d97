import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { DiagnosticMessage, SchedulerEvents } from '../../../src/index.ts';
import { fixture, nextRun, startScheduler } from '../../support/scheduler-harness.ts';

const CHANNELS = {
  'run-start': 'escapement:run:start',
  progress: 'escapement:run:progress',
  run: 'escapement:run:end',
  decision: 'escapement:decision',
  warning: 'escapement:warning',
  stopped: 'escapement:stopped',
} as const satisfies Partial<Record<keyof SchedulerEvents, string>>;

/** What is published until the test ends, by channel. */
function listen(): [name: string, message: DiagnosticMessage][] {
  const heard: [string, DiagnosticMessage][] = [];
  for (const name of Object.values(CHANNELS)) {
    const hear = (message: unknown): void => void heard.push([name, message as DiagnosticMessage]);
    subscribe(name, hear);
    onTestFinished(() => void unsubscribe(name, hear));
  }
  return heard;
}

describe('the diagnostics channels', { timeout: 30_000 }, () => {
  test('have what the events of each scheduler have, with the scheduler', async () => {
    const heard = listen();
    const emitted: [string, DiagnosticMessage][] = [];
    const schedulers = await Promise.all(
      ['one', 'two'].map(async (nodeId) => {
        const hostFunctions = { add: () => 5, fail: () => null };
        const scheduler = await startScheduler({ plugins: [fixture('plugins/waiter.ts')], hostFunctions, nodeId });
        for (const [event, name] of Object.entries(CHANNELS)) {
          scheduler.on(event as 'run', (argument) => emitted.push([name, { scheduler, event: argument }]));
        }
        return scheduler;
      }),
    );
    for (const scheduler of schedulers) {
      const run = nextRun(scheduler);
      await scheduler.trigger('waiter/chatty');
      await run;
      await scheduler.stop();
    }
    expect(heard).toEqual(emitted);
    const names = new Set(heard.map(([name]) => name));
    expect([...names]).toEqual(
      expect.arrayContaining([
        'escapement:run:start',
        'escapement:run:progress',
        'escapement:run:end',
        'escapement:stopped',
      ]),
    );
    expect(new Set(heard.map(([, { scheduler }]) => scheduler))).toEqual(new Set(schedulers));
  });
});
