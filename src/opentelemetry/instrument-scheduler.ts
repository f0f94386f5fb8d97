import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import {
  context,
  type MeterProvider,
  metrics,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { type Instrumentation, instrument } from '../host/observing/instrumentation.ts';
import type { Decision, DiagnosticMessage, RunRecord, RunStartEvent, Scheduler } from '../index.ts';
import { reasonOf } from '../wire/error-record.ts';
import { quietly } from './quietly.ts';
import { destinationOf, operationAttributes } from './run-attributes.ts';
import { observeStats, RunMetrics } from './run-metrics.ts';
import { RunSpans } from './run-spans.ts';
import { traceparentOf } from './trace-context.ts';

/** Where spans and metrics go. Default: the providers that are registered globally. */
export interface InstrumentOptions {
  /** Who makes spans. Default: the global one. */
  readonly tracerProvider?: TracerProvider;
  /** Who makes metrics. Default: the global one. */
  readonly meterProvider?: MeterProvider;
}

const SCOPE = 'escapement';
const FAILED = 'escapement:error';
/** How to end what a scheduler has. */
const ENDS = new WeakMap<Scheduler, () => void>();

/**
 * Traces and measures a scheduler with OpenTelemetry, from now on: a span for each run, with the times of the run however
 * late the host hears of it, and a span for each `trigger()`, which becomes the parent of its run's. Functions of the host
 * work in the context of the run that calls them. Call it after the SDK has started; a second call takes the place of the
 * first. Returns how to end it; it also ends with the scheduler. What a tracer or a meter throws goes to OpenTelemetry's
 * `diag`, and changes nothing of what the scheduler does.
 */
export function instrumentScheduler(scheduler: Scheduler, options: InstrumentOptions = {}): () => void {
  const { tracerProvider = trace.getTracerProvider(), meterProvider = metrics.getMeterProvider() } = options;
  const tracer = tracerProvider.getTracer(SCOPE);
  const meter = meterProvider.getMeter(SCOPE);
  ENDS.get(scheduler)?.();
  const spans = new RunSpans(tracer);
  const counted = new RunMetrics(meter);
  const onStart = (start: RunStartEvent): void => quietly(() => spans.started(start));
  const onRun = (record: RunRecord): void => {
    quietly(() => counted.ended(record));
    quietly(() => spans.ended(record));
  };
  const onDecision = (decision: Decision): void => quietly(() => counted.decided(decision));
  // Not by the `error` event: a listener would keep that from ending the process.
  const onError = (message: unknown): void => {
    if ((message as DiagnosticMessage<'error'>).scheduler === scheduler) end();
  };
  const stopCalls = instrument(scheduler, instrumentationOf(tracer, spans));
  const stopStats = observeStats(meter, () => scheduler.stats());
  const end = (): void => {
    scheduler.off('run-start', onStart).off('run', onRun).off('decision', onDecision).off('stopped', end);
    unsubscribe(FAILED, onError);
    stopCalls();
    stopStats();
    spans.endAll();
  };
  scheduler.on('run-start', onStart).on('run', onRun).on('decision', onDecision).on('stopped', end);
  subscribe(FAILED, onError);
  ENDS.set(scheduler, end);
  return end;
}

function instrumentationOf(tracer: Tracer, spans: RunSpans): Instrumentation {
  return {
    triggering: (call, proceed) => {
      // Whoever says which trace the run belongs to has made the span that it comes from.
      if (call.traceparent !== undefined) return proceed(call);
      return traced(tracer, call.key, (traceparent) => {
        return proceed({ ...call, ...(traceparent !== undefined && { traceparent }) });
      });
    },
    calling: (caller, proceed) => {
      const inside = quietly(() => spans.contextOf(caller, context.active()));
      return inside === undefined ? proceed() : context.with(inside, proceed);
    },
  };
}

/** The span of a trigger. It ends when the run is under way, which is when its id is known. */
async function traced(
  tracer: Tracer,
  key: string,
  proceed: (traceparent: string | undefined) => Promise<string>,
): Promise<string> {
  const options = { kind: SpanKind.PRODUCER, attributes: operationAttributes('send', key) };
  const span = quietly(() => tracer.startSpan(`send ${destinationOf(key)}`, options, context.active()));
  try {
    // Where nobody traces, the span is that of whoever called, if there is one.
    const runId = await proceed(quietly(() => traceparentOf(span?.spanContext())));
    quietly(() => span?.setAttribute('messaging.message.id', runId));
    return runId;
  } catch (error) {
    quietly(() => {
      span?.setStatus({ code: SpanStatusCode.ERROR, message: reasonOf(error) });
      if (error instanceof Error) span?.recordException(error);
    });
    throw error;
  } finally {
    quietly(() => span?.end());
  }
}
