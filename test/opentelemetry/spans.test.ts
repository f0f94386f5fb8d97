import { once } from 'node:events';
import { type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { describe, expect, test } from 'vitest';
import { type RunRecord, ScheduleBusyError, type Scheduler } from '../../src/index.ts';
import { instrumentScheduler } from '../../src/opentelemetry/index.ts';
import { hrTime } from '../../src/opentelemetry/run-spans.ts';
import { nextRun } from '../support/scheduler-harness.ts';
import { startTraced } from './tracing.ts';

const CALLER = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

/** Triggers a schedule, and resolves to its run. */
async function ran(scheduler: Scheduler, key: string, traceparent?: string): Promise<RunRecord> {
  const run = nextRun(scheduler, (each) => each.key === key);
  await scheduler.trigger(key, traceparent === undefined ? {} : { traceparent });
  return run;
}

function required<T>(value: T | undefined): T {
  return value ?? expect.unreachable('there is no such span');
}

describe('the span of a run', { timeout: 30_000 }, () => {
  test('has the times of the record, and says what ran and why it was late', async () => {
    const { scheduler, spanOf } = await startTraced();
    const run = await ran(scheduler, 'traced/succeeds');
    const span = required(spanOf(run.runId));
    expect([span.name, span.kind]).toEqual(['process traced/succeeds', SpanKind.CONSUMER]);
    expect([span.startTime, span.endTime]).toEqual([hrTime(run.startedAtMs), hrTime(run.finishedAtMs)]);
    expect(span.attributes).toMatchObject({
      'messaging.system': 'escapement',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': 'traced/succeeds',
      'messaging.message.id': run.runId,
      'messaging.client.id': run.nodeId,
      'escapement.plugin': 'traced',
      'escapement.schedule.id': 'succeeds',
      'escapement.run.trigger': 'manual',
      'escapement.run.outcome': 'succeeded',
      'escapement.run.lateness': run.lateness.totalMs / 1_000,
      'thread.id': run.threadId,
    });
    expect(span.attributes).not.toHaveProperty('error.type');
    expect(span.status.code).toBe(SpanStatusCode.UNSET);
    const { tickMs, lockMs, queueMs, startMs } = run.lateness;
    expect(span.events.map(({ name, attributes }) => [name, attributes?.['escapement.lateness.duration']])).toEqual([
      ['escapement.lateness.tick', tickMs / 1_000],
      ['escapement.lateness.lock', lockMs / 1_000],
      ['escapement.lateness.queue', queueMs / 1_000],
      ['escapement.lateness.start', startMs / 1_000],
    ]);
    // The last wait ends when the run begins.
    const [seconds, nanoseconds] = required(span.events.at(-1)).time;
    expect(seconds * 1_000 + nanoseconds / 1e6).toBeCloseTo(run.startedAtMs, 0);
  });

  test.each([
    ['traced/fails', 'RangeError', 'it does'],
    ['traced/overruns', 'timed-out', /wall budget/],
  ])('of %s is an error of type %s', async (key, type, message) => {
    const { scheduler, spanOf } = await startTraced();
    const { runId, finishedAtMs } = await ran(scheduler, key);
    const { attributes, status, events } = required(spanOf(runId));
    expect(attributes['error.type']).toBe(type);
    expect(status).toEqual({ code: SpanStatusCode.ERROR, message: expect.stringMatching(message) });
    const exception = required(events.find(({ name }) => name === 'exception'));
    expect(exception.attributes?.['exception.message']).toMatch(message);
    expect(exception.time).toEqual(hrTime(finishedAtMs));
  });

  test('has its true times also when the host was blocked while it ran', async () => {
    const { scheduler, spans } = await startTraced({}, '100ms');
    await nextRun(scheduler);
    const blockedFromMs = Date.now();
    while (Date.now() - blockedFromMs < 2_000);
    const blockedUntilMs = Date.now();
    await nextRun(scheduler, ({ startedAtMs }) => startedAtMs > blockedUntilMs);

    const history = await scheduler.history({ key: 'traced/succeeds' });
    const during = history.filter((run) => run.startedAtMs > blockedFromMs && run.finishedAtMs < blockedUntilMs);
    expect(during.length).toBeGreaterThan(0);
    const times = new Map(spans().map((span) => [span.attributes['messaging.message.id'], span]));
    for (const { runId, startedAtMs, finishedAtMs } of during) {
      const span = required(times.get(runId));
      expect([span.startTime, span.endTime]).toEqual([hrTime(startedAtMs), hrTime(finishedAtMs)]);
    }
  });

  test('is a root for the clock, and the child of whatever triggered the run', async () => {
    const { scheduler, spanOf, spans } = await startTraced({}, '100ms');
    const byClock = await nextRun(scheduler, ({ trigger }) => trigger === 'clock');
    expect(required(spanOf(byClock.runId)).parentSpanContext).toBeUndefined();

    const run = await ran(scheduler, 'traced/calls', CALLER);
    expect(run.traceparent).toBe(CALLER);
    const span = required(spanOf(run.runId));
    expect(span.spanContext().traceId).toBe('a'.repeat(32));
    expect(span.parentSpanContext).toMatchObject({ spanId: 'b'.repeat(16), isRemote: true });
    expect(span.links.map(({ context }) => context.spanId)).toEqual(['b'.repeat(16)]);
    // Who names the trace has made the span from which it comes.
    expect(spans().some(({ name }) => name.startsWith('send '))).toBe(false);
  });
});

describe('a trigger', { timeout: 30_000 }, () => {
  test('carries its context to the plugin, to functions of the host, and to the span of the run', async () => {
    const seen: (Span | undefined)[] = [];
    const work = async (): Promise<null> => {
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(trace.getActiveSpan());
      traced.provider.getTracer('host').startSpan('in the host').end();
      return null;
    };
    const traced = await startTraced({ hostFunctions: { work } });
    const { scheduler, spans, spanOf, provider } = traced;
    const runId = await provider.getTracer('host').startActiveSpan('request', async (request) => {
      const run = nextRun(scheduler);
      await scheduler.trigger('traced/calls');
      request.end();
      return (await run).runId;
    });

    const [request, send, own] = ['request', 'send traced/calls', 'in the host'].map((name) =>
      required(spans().find((span) => span.name === name)),
    ) as [ReadableSpan, ReadableSpan, ReadableSpan];
    const process = required(spanOf(runId));
    const ids = [send, process, own].map((span) => span.parentSpanContext?.spanId);
    expect(ids).toEqual([request, send, process].map((span) => span.spanContext().spanId));
    expect(new Set([request, send, process, own].map((span) => span.spanContext().traceId)).size).toBe(1);
    expect([send.kind, send.attributes['messaging.message.id']]).toEqual([SpanKind.PRODUCER, runId]);
    expect(seen.map((span) => span?.spanContext().spanId)).toEqual([process.spanContext().spanId]);
    const [record] = await scheduler.history({ runId, withLog: true });
    const { traceId, spanId } = send.spanContext();
    expect(record?.log?.[0]?.fields).toEqual({ traceparent: `00-${traceId}-${spanId}-01` });
  });

  test('that is refused is an error, and rejects as ever', async () => {
    const { scheduler, spans } = await startTraced({ hostFunctions: { work: () => once(scheduler, 'never') } });
    const started = once(scheduler, 'run-start');
    await scheduler.trigger('traced/calls');
    await started;
    await expect(scheduler.trigger('traced/calls')).rejects.toThrow(ScheduleBusyError);
    const refused = spans().filter(
      ({ name, status }) => name.startsWith('send ') && status.code === SpanStatusCode.ERROR,
    );
    expect(refused.map(({ status }) => status.message)).toEqual([expect.stringContaining('traced/calls')]);
  });

  test.each(['', 'x', CALLER.toUpperCase(), CALLER.replace('00-', 'ff-'), `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`])(
    'with the traceparent %j is refused',
    async (traceparent) => {
      const { scheduler } = await startTraced();
      await expect(scheduler.trigger('traced/calls', { traceparent })).rejects.toThrow(
        /Option "traceparent" is invalid/,
      );
    },
  );
});

describe('the instrumentation', { timeout: 30_000 }, () => {
  test('ends when it is told to, and is replaced by another one', async () => {
    const { scheduler, spans, end, provider } = await startTraced();
    instrumentScheduler(scheduler, { tracerProvider: provider });
    const run = await ran(scheduler, 'traced/succeeds');
    const ofRun = spans().filter(({ attributes }) => attributes['messaging.message.id'] === run.runId);
    expect(ofRun.map(({ name }) => name).toSorted()).toEqual(['process traced/succeeds', 'send traced/succeeds']);
    end();
    const stop = instrumentScheduler(scheduler, { tracerProvider: provider });
    stop();
    await ran(scheduler, 'traced/succeeds');
    expect(spans()).toHaveLength(2);
    expect(scheduler.listenerCount('run-start')).toBe(0);
  });

  test('ends with the scheduler, after the span of its last run', async () => {
    const { scheduler, spans } = await startTraced({ hostFunctions: { work: () => once(scheduler, 'never') } });
    const started = once(scheduler, 'run-start');
    await scheduler.trigger('traced/calls');
    await started;
    await scheduler.stop({ drainMs: 0 });
    const [last] = spans().filter(({ name }) => name === 'process traced/calls');
    expect(last?.attributes['escapement.run.outcome']).toBe('aborted');
    expect(['run-start', 'run', 'decision', 'stopped'].map((event) => scheduler.listenerCount(event))).toEqual([
      0, 0, 0, 0,
    ]);
  });

  test('leaves the `error` event as it is: unheard, it ends the process', async () => {
    const { scheduler } = await startTraced();
    expect(scheduler.listenerCount('error')).toBe(0);
  });
});
