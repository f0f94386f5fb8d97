import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { describe, expect, test } from 'vitest';
import { hrTime, RunSpans } from '../../src/opentelemetry/run-spans.ts';
import { spanContextOf, traceparentOf } from '../../src/opentelemetry/trace-context.ts';
import { KEY, recordOf } from '../support/ledger-entries.ts';

const START = { runId: 'run', key: KEY, startedAtMs: 2_000.25 };
const CALLER = { ...START, plugin: 'reports', scheduleId: 'nightly' };

function spanning() {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  return { spans: new RunSpans(provider.getTracer('test')), ended: () => exporter.getFinishedSpans() };
}

describe('RunSpans', () => {
  test('begins a span with the call of a function, if the host hears of that before the start', () => {
    const { spans, ended } = spanning();
    const parent = trace.getSpan(spans.contextOf(CALLER, ROOT_CONTEXT));
    spans.started({ ...START, startedAtMs: 9_999 });
    spans.ended(recordOf('run', 1_000, { startedAtMs: 2_000.25, finishedAtMs: 2_010.5 }));
    expect(ended()).toHaveLength(1);
    const [span] = ended();
    expect(span?.spanContext().spanId).toBe(parent?.spanContext().spanId);
    expect([span?.startTime, span?.endTime]).toEqual([
      [2, 250_000],
      [2, 10_500_000],
    ]);
  });

  test('makes a span of a run that never began', () => {
    const { spans, ended } = spanning();
    spans.ended(recordOf('run', 1_000, { outcome: 'lost', startedAtMs: 5_000, finishedAtMs: 5_000 }));
    expect(ended().map(({ attributes }) => attributes['error.type'])).toEqual(['lost']);
  });

  test('gives no span that ends before it begins, when the clock was set back', () => {
    const { spans, ended } = spanning();
    spans.ended(recordOf('run', 1_000, { startedAtMs: 5_000, finishedAtMs: 1_000 }));
    expect(ended().map(({ startTime, endTime }) => [startTime, endTime])).toEqual([[hrTime(5_000), hrTime(5_000)]]);
  });

  test('is bounded, and ends the oldest of too many', () => {
    const { spans, ended } = spanning();
    for (let index = 0; index < 10_005; index++) spans.started({ ...START, runId: `run-${index}` });
    expect(ended().map(({ attributes }) => attributes['messaging.message.id'])).toEqual(
      [0, 1, 2, 3, 4].map((index) => `run-${index}`),
    );
  });

  test('ends what is open when nobody will hear of its end', () => {
    const { spans, ended } = spanning();
    spans.started(START);
    spans.endAll();
    spans.endAll();
    expect(ended()).toHaveLength(1);
  });

  test('names spans without the tenant, of which there may be many', () => {
    const { spans, ended } = spanning();
    spans.ended(recordOf('run', 1_000, { key: 'reports@acme:berlin/nightly', tenantId: 'acme', siteId: 'berlin' }));
    const [span] = ended();
    expect(span?.name).toBe('process reports/nightly');
    expect(span?.attributes).toMatchObject({
      'messaging.destination.name': 'reports@acme:berlin/nightly',
      'messaging.destination.template': 'reports/nightly',
      'escapement.tenant.id': 'acme',
    });
  });
});

describe('a traceparent', () => {
  const text = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

  test('is read as it is written', () => {
    expect(traceparentOf(spanContextOf(text))).toBe(text);
    expect(spanContextOf(`${text.replace('00-', 'cc-')}-what-a-later-version-adds`)).toMatchObject({ traceFlags: 1 });
  });

  test.each([undefined, '', 'x', `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`])('that is %j names no span', (given) => {
    expect(spanContextOf(given)).toBeUndefined();
  });
});
