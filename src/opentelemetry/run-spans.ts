/**
 * A span for each run. Its times are those of the run's record, whenever the host hears of it: a host that was blocked
 * hears late, and the spans are right all the same.
 *
 * A span begins when the host hears of the start, or of a call of one of its functions if that comes sooner, and ends
 * with the record. The spans that are open are bounded, because a run whose end is never heard would stay for ever.
 */
import {
  type Context,
  type HrTime,
  type Link,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { HostCaller, Lateness, RunRecord } from '../index.ts';
import { quietly } from './quietly.ts';
import { destinationOf, errorTypeOf, operationAttributes, recordAttributes } from './run-attributes.ts';
import { spanContextOf } from './trace-context.ts';

/** More runs than this are not in progress at a time, unless their ends are not heard. */
const MAX_OPEN = 10_000;

const PARTS = [
  ['escapement.lateness.tick', 'tickMs'],
  ['escapement.lateness.lock', 'lockMs'],
  ['escapement.lateness.queue', 'queueMs'],
  ['escapement.lateness.start', 'startMs'],
] as const satisfies readonly (readonly [string, keyof Lateness])[];

/** What is known of a run when its span begins. */
type Begun = Pick<HostCaller, 'runId' | 'key' | 'startedAtMs' | 'traceparent'>;

export class RunSpans {
  readonly #tracer: Tracer;
  /** By run. */
  readonly #open = new Map<string, Span>();

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  started(start: Begun): void {
    if (!this.#open.has(start.runId)) this.#begin(start);
  }

  /** The context in which a function of the host works that a run calls: its span is the parent of what is done there. */
  contextOf(caller: HostCaller, around: Context): Context {
    return trace.setSpan(around, this.#open.get(caller.runId) ?? this.#begin(caller));
  }

  ended(record: RunRecord): void {
    const { runId, startedAtMs, finishedAtMs } = record;
    const span = this.#open.get(runId) ?? this.#begin(record);
    this.#open.delete(runId);
    try {
      if (span.isRecording()) describe(span, record);
    } finally {
      // A clock that was set back must not give a span that ends before it begins.
      span.end(hrTime(Math.max(startedAtMs, finishedAtMs)));
    }
  }

  /** The scheduler has ended: nobody will hear what became of these. */
  endAll(): void {
    for (const span of this.#open.values()) quietly(() => span.end());
    this.#open.clear();
  }

  #begin({ runId, key, startedAtMs, traceparent }: Begun): Span {
    const parent = spanContextOf(traceparent);
    const links: Link[] = parent === undefined ? [] : [{ context: parent }];
    const around = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
    const attributes = { ...operationAttributes('process', key), 'messaging.message.id': runId };
    const begin = startedAtMs === undefined ? {} : { startTime: hrTime(startedAtMs) };
    const options = { kind: SpanKind.CONSUMER, attributes, links, ...begin };
    const span = this.#tracer.startSpan(`process ${destinationOf(key)}`, options, around);
    this.#open.set(runId, span);
    if (this.#open.size > MAX_OPEN) this.#giveUpOldest();
    return span;
  }

  #giveUpOldest(): void {
    const [oldest] = this.#open;
    if (oldest === undefined) return;
    const [runId, span] = oldest;
    this.#open.delete(runId);
    span.end();
  }
}

function describe(span: Span, record: RunRecord): void {
  const { lateness, startedAtMs, finishedAtMs, error } = record;
  span.setAttributes(recordAttributes(record));
  let atMs = startedAtMs - lateness.totalMs;
  for (const [name, part] of PARTS) {
    atMs += lateness[part];
    span.addEvent(name, { 'escapement.lateness.duration': lateness[part] / 1_000 }, hrTime(atMs));
  }
  const errorType = errorTypeOf(record);
  if (errorType === undefined) return;
  if (error !== undefined) span.recordException(exceptionOf(error), hrTime(finishedAtMs));
  span.setStatus({ code: SpanStatusCode.ERROR, message: error?.message ?? errorType });
}

function exceptionOf({ name, message, stack, code }: NonNullable<RunRecord['error']>) {
  return { name, message, ...(stack !== undefined && { stack }), ...(code !== undefined && { code }) };
}

/** A number of milliseconds would be taken for one since the process began if it is small. */
export function hrTime(epochMs: number): HrTime {
  const seconds = Math.floor(epochMs / 1_000);
  return [seconds, Math.round((epochMs - seconds * 1_000) * 1e6)];
}
