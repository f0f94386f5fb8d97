import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { SpanStatusCode } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { nextRun } from '../support/scheduler-harness.ts';
import { startTraced } from './tracing.ts';

test('the span of a run ends as lost when the supervisor thread dies', { timeout: 30_000 }, async () => {
  const spawned = once(process, 'worker');
  const called = Promise.withResolvers<void>();
  const { scheduler, spans } = await startTraced({
    hostFunctions: {
      work: () => {
        called.resolve();
        return new Promise(() => {});
      },
    },
  });
  const [thread] = (await spawned) as [Worker];
  const runId = await scheduler.trigger('traced/calls');
  await called.promise;
  const lost = nextRun(scheduler, (run) => run.runId === runId);
  await thread.terminate();
  expect(await lost).toMatchObject({ outcome: 'lost' });
  const own = spans().filter(({ name, attributes }) => {
    return name.startsWith('process ') && attributes['messaging.message.id'] === runId;
  });
  expect(own).toHaveLength(1);
  expect(own[0]).toMatchObject({
    attributes: { 'escapement.run.outcome': 'lost', 'error.type': 'lost' },
    status: { code: SpanStatusCode.ERROR },
  });
});
