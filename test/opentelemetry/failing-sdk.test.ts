/** A tracer or a meter that fails is nobody's trouble but its own. */
import { DiagLogLevel, diag, type Span, type Tracer, type TracerProvider } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { describe, expect, onTestFinished, test } from 'vitest';
import { instrumentScheduler } from '../../src/opentelemetry/index.ts';
import { RunMetrics } from '../../src/opentelemetry/run-metrics.ts';
import { RunSpans } from '../../src/opentelemetry/run-spans.ts';
import { KEY, recordOf } from '../support/ledger-entries.ts';
import { fixture, newScheduler, nextRun } from '../support/scheduler-harness.ts';

function fails(): never {
  throw new Error('the exporter is broken');
}

/** What OpenTelemetry's own log has heard. */
function diagnosed(): unknown[] {
  const heard: unknown[] = [];
  const keep = (...words: unknown[]): void => void heard.push(words);
  const logger = { error: keep, warn: keep, info: keep, debug: keep, verbose: keep };
  diag.setLogger(logger, { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true });
  onTestFinished(() => diag.disable());
  return heard;
}

/** Spans with these members, which say how they have ended. */
function spanning(own: object): { provider: TracerProvider; ends: unknown[] } {
  const ends: unknown[] = [];
  const span = {
    ...{ isRecording: () => true, spanContext: () => ({ traceId: '', spanId: '', traceFlags: 0 }) },
    ...{ setAttribute: fails, setAttributes: fails, addEvent: fails, setStatus: fails, recordException: fails },
    end: (at: unknown) => void ends.push(at),
    ...own,
  } as unknown as Span;
  return { provider: { getTracer: () => ({ startSpan: () => span }) as unknown as Tracer }, ends };
}

const STARTLESS: TracerProvider = { getTracer: () => ({ startSpan: fails }) as unknown as Tracer };

describe('a tracer that throws', { timeout: 30_000 }, () => {
  test.each([
    ['at the start of a span', STARTLESS],
    ['at whatever a span is told', spanning({}).provider],
    ['at the end of a span', spanning({ end: fails }).provider],
  ])('%s changes nothing of a trigger, a run or a call of the host', async (_, tracerProvider) => {
    const heard = diagnosed();
    const called: unknown[] = [];
    const scheduler = await newScheduler({
      plugins: [{ module: fixture('plugins/traced.ts'), options: { cron: '9000w' } }],
      hostFunctions: { work: () => void called.push('work') },
    });
    instrumentScheduler(scheduler, { tracerProvider });
    await scheduler.start();
    const run = nextRun(scheduler);
    const runId = await scheduler.trigger('traced/calls');
    expect(await run).toMatchObject({ runId, outcome: 'succeeded' });
    expect(called).toEqual(['work']);
    await expect(scheduler.trigger('traced/nothing')).rejects.toThrow('traced/nothing');
    expect(() => scheduler.emit('run', recordOf('other', 1_000, {}))).not.toThrow();
    expect(() =>
      scheduler.emit('run-start', { runId: 'x', key: KEY, scheduledAtMs: 0, startedAtMs: 0, threadId: 1 }),
    ).not.toThrow();
    await scheduler.stop();
    expect(heard.length).toBeGreaterThan(0);
  });

  test('when a span is described still has it ended', () => {
    const { provider, ends } = spanning({});
    const spans = new RunSpans(provider.getTracer('test'));
    expect(() => spans.ended(recordOf('run', 1_000, { startedAtMs: 2_000, finishedAtMs: 3_000 }))).toThrow('broken');
    expect(ends).toEqual([[3, 0]]);
  });

  test('at one end does not leave the other spans open', () => {
    diagnosed();
    let ended = 0;
    const { provider } = spanning({
      end: () => {
        ended += 1;
        fails();
      },
    });
    const spans = new RunSpans(provider.getTracer('test'));
    for (const runId of ['a', 'b', 'c']) spans.started({ runId, key: KEY, startedAtMs: 0 });
    spans.endAll();
    expect(ended).toBe(3);
  });
});

describe('the series of metrics', () => {
  test('are bounded, whatever plugins, schedules and errors are called', async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
    const provider = new MeterProvider({ readers: [reader] });
    onTestFinished(() => provider.shutdown());
    const counted = new RunMetrics(provider.getMeter('test'));
    const error = (name: string) => ({ outcome: 'failed', error: { name, message: '' }, threadId: 1 }) as const;
    for (let n = 0; n < 150; n += 1) {
      counted.ended(recordOf(`run ${n}`, 1_000, { plugin: `p${n}`, key: 'p/s', ...error(`Error${n}`) }));
      counted.decided({ key: `p${n}/s`, nodeId: 'n', outcome: 'overlap', fromMs: 0, untilMs: 0, count: 1, atMs: 0 });
    }
    await reader.forceFlush();
    const [resource] = exporter.getMetrics();
    const metrics = resource?.scopeMetrics.flatMap((scope) => scope.metrics) ?? [];
    const pointsOf = (name: string) => metrics.find(({ descriptor }) => descriptor.name === name)?.dataPoints ?? [];
    expect(pointsOf('messaging.process.duration').map(({ attributes }) => attributes['error.type'])).toEqual([
      ...Array.from({ length: 50 }, (_, n) => `Error${n}`),
      '_OTHER',
    ]);
    for (const name of ['escapement.runs', 'escapement.skipped_occurrences']) {
      const plugins = pointsOf(name).map(({ attributes, value }) => [attributes['escapement.plugin'], value]);
      expect(plugins).toHaveLength(101);
      expect(plugins.at(-1)).toEqual(['_other', 50]);
    }
  });
});
