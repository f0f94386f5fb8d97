import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { onTestFinished } from 'vitest';
import type { Scheduler, SchedulerOptions } from '../../src/index.ts';
import { instrumentScheduler } from '../../src/opentelemetry/index.ts';
import { fixture, newScheduler } from '../support/scheduler-harness.ts';

/** A data point as text: its attributes, and its value or how many values it has. */
export type Point = readonly [attributes: object, value: number];

export interface Traced {
  readonly scheduler: Scheduler;
  readonly provider: BasicTracerProvider;
  /** How to end the instrumentation. */
  readonly end: () => void;
  /** The spans that have ended. */
  spans(): ReadableSpan[];
  spanOf(runId: string): ReadableSpan | undefined;
  /** What a metric has now. */
  points(name: string): Promise<Point[]>;
}

/** A scheduler with the plugin `traced`, and the real SDK with exporters in memory. */
export async function startTraced(options: SchedulerOptions = {}, cron = '9000w'): Promise<Traced> {
  const manager = new AsyncLocalStorageContextManager().enable();
  context.setGlobalContextManager(manager);
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const measured = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: measured, exportIntervalMillis: 3_600_000 });
  const meterProvider = new MeterProvider({ readers: [reader] });
  onTestFinished(async () => {
    context.disable();
    await provider.shutdown();
    await meterProvider.shutdown();
  });
  const scheduler = await newScheduler({
    plugins: [{ module: fixture('plugins/traced.ts'), options: { cron } }],
    ...options,
  });
  const end = instrumentScheduler(scheduler, { tracerProvider: provider, meterProvider });
  await scheduler.start();
  const spans = (): ReadableSpan[] => exporter.getFinishedSpans();
  return {
    scheduler,
    provider,
    end,
    spans,
    spanOf: (runId) =>
      spans().find(
        ({ name, attributes }) => name.startsWith('process ') && attributes['messaging.message.id'] === runId,
      ),
    points: async (name) => {
      measured.reset();
      await reader.forceFlush();
      const metrics = measured
        .getMetrics()
        .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
      const found = metrics.filter(({ descriptor }) => descriptor.name === name);
      return found.flatMap(({ dataPoints }) =>
        dataPoints.map(({ attributes, value }): Point => [attributes, typeof value === 'number' ? value : value.count]),
      );
    },
  };
}
