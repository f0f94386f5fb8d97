/**
 * Answers what plugins call: the built-in functions here, which therefore work while the host is blocked, and those of
 * the host over there. What a run may call, and for whom, follows from the supervisor's own records. Its thread says
 * which function, and with which arguments, and neither is believed.
 */
import { HostCallError } from '../../machines/calling/host-call-error.ts';
import { hintFor } from '../../machines/did-you-mean.ts';
import { ownerName } from '../../machines/kv/kv-names.ts';
import type { HostCaller, JsonValue } from '../../plugin.ts';
import { argumentsBytes } from '../../wire/data-size.ts';
import { argumentsProblem } from '../../wire/json-problem.ts';
import type { Clock } from '../ports/clock.ts';
import type { Fetcher } from '../ports/fetcher.ts';
import type { CallingRun, Installation, PluginCalls } from '../ports/plugin-calls.ts';
import type { PluginMetric } from '../ports/plugin-metric.ts';
import type { StateStore } from '../ports/store.ts';
import { FetchCalls } from './fetch-calls.ts';
import { KvCalls } from './kv-calls.ts';
import { MetricCalls } from './metric-calls.ts';

/** A thread keeps to the same limit, so this one is for a thread that does not. */
const MAX_PENDING_CALLS = 1_000;
const MAX_PENDING_MESSAGES = 16;

/** A call of a function of the host, and who calls. */
export interface CallOfHost {
  readonly name: string;
  readonly args: readonly JsonValue[];
  readonly caller: HostCaller;
}

export interface FunctionCallsParts {
  readonly clock: Clock;
  readonly store: StateStore;
  readonly fetcher: Fetcher;
  /** The names of the functions that the host has. */
  readonly hostFunctions: readonly string[];
  /** The longest call, in bytes: the arguments of those that wait may take 16 times as much. */
  readonly maxMessageBytes: number;
  /** `onEnd` takes what to call when the run ends before the answer: from then on nobody waits for it. */
  readonly callHost: (call: CallOfHost, onEnd: (cancel: () => void) => void) => Promise<JsonValue | undefined>;
}

/** What one run waits for. */
interface PendingCalls {
  count: number;
  /** What their arguments take. */
  bytes: number;
  readonly cancels: Set<() => void>;
}

type BuiltIn = (run: CallingRun, args: readonly JsonValue[], pending: PendingCalls) => Promise<JsonValue> | JsonValue;

export class FunctionCalls implements PluginCalls {
  readonly #parts: FunctionCallsParts;
  readonly #fetch: FetchCalls;
  readonly #metrics: MetricCalls;
  readonly #builtIn: ReadonlyMap<string, BuiltIn>;
  readonly #pending = new Map<string, PendingCalls>();

  constructor(parts: FunctionCallsParts) {
    const { clock, store, fetcher } = parts;
    this.#parts = parts;
    this.#fetch = new FetchCalls(clock, fetcher);
    this.#metrics = new MetricCalls(clock);
    const kv = new KvCalls(clock, store);
    this.#builtIn = new Map<string, BuiltIn>([
      ['kv.get', (run, args) => kv.get(run, args)],
      ['kv.set', (run, args) => kv.set(run, args)],
      ['kv.delete', (run, args) => kv.delete(run, args)],
      ['kv.list', (run, args) => kv.list(run, args)],
      ['fetch', (run, args, pending) => this.#fetch.fetch(run, args, (cancel) => untilEnd(pending, cancel))],
      ['metric', (run, args) => this.#metrics.metric(run, args)],
    ]);
  }

  async call(run: CallingRun, name: string, args: readonly JsonValue[]): Promise<JsonValue | undefined> {
    const pending = this.#pending.get(run.runId) ?? { count: 0, bytes: 0, cancels: new Set() };
    const { maxMessageBytes } = this.#parts;
    const bytes = argumentsBytes(args, maxMessageBytes);
    if (bytes === Number.POSITIVE_INFINITY) {
      const problem = argumentsProblem(args, { maxLength: maxMessageBytes });
      throw new HostCallError(name, 'invalid', problem ?? 'its arguments must be a list of JSON values');
    }
    if (bytes > maxMessageBytes) {
      throw new HostCallError(name, 'invalid', `its arguments take more than ${maxMessageBytes} bytes`);
    }
    const isFull = pending.bytes + bytes > MAX_PENDING_MESSAGES * maxMessageBytes;
    if (pending.count >= MAX_PENDING_CALLS || isFull) {
      throw new HostCallError(name, 'limit', `${pending.count} calls of the run already wait for an answer`);
    }
    this.#pending.set(run.runId, pending);
    pending.count += 1;
    pending.bytes += bytes;
    try {
      const builtIn = this.#builtIn.get(name);
      return await (builtIn === undefined ? this.#callHost(run, name, args, pending) : builtIn(run, args, pending));
    } finally {
      pending.count -= 1;
      pending.bytes -= bytes;
      if (pending.count === 0 && this.#pending.get(run.runId) === pending) this.#pending.delete(run.runId);
    }
  }

  ended(runId: string): void {
    const pending = this.#pending.get(runId);
    this.#pending.delete(runId);
    for (const cancel of pending?.cancels ?? []) cancel();
  }

  keep(installed: Iterable<Installation>): void {
    const owners = Array.from(installed, ({ name, reference }) => ownerName({ ...reference, plugin: name }));
    this.#metrics.keep(new Set(owners));
  }

  metrics(): readonly PluginMetric[] {
    return this.#metrics.metrics();
  }

  async close(): Promise<void> {
    for (const runId of [...this.#pending.keys()]) this.ended(runId);
    await this.#fetch.close();
  }

  async #callHost(
    run: CallingRun,
    name: string,
    args: readonly JsonValue[],
    pending: PendingCalls,
  ): Promise<JsonValue | undefined> {
    const { hostFunctions, callHost } = this.#parts;
    const { key, identity, source } = run.definition;
    if (!hostFunctions.includes(name)) {
      throw new HostCallError(name, 'invalid', `the host has no such function${hintFor(name, hostFunctions)}`);
    }
    const granted = source.permissions?.hostFunctions ?? (isGuest(source.module) ? [] : hostFunctions);
    if (!granted.includes(name)) {
      throw new HostCallError(name, 'denied', 'the plugin was not granted it (permissions.hostFunctions)');
    }
    const { traceparent } = run.occurrence ?? {};
    const trace = traceparent === undefined ? {} : { traceparent };
    const since = typeof run.startedAtWallMs === 'number' ? { startedAtMs: run.startedAtWallMs } : {};
    const call = { name, args, caller: { ...identity, runId: run.runId, key, ...since, ...trace } };
    let answered = (): void => {};
    try {
      return await callHost(call, (cancel) => {
        answered = untilEnd(pending, cancel);
      });
    } finally {
      answered();
    }
  }
}

/** Calls `cancel` when the run ends, unless the function that it returns is called first. */
function untilEnd({ cancels }: PendingCalls, cancel: () => void): () => void {
  cancels.add(cancel);
  return () => void cancels.delete(cancel);
}

/** A WASM guest has no functions of the host but those that it was granted. */
function isGuest(module: string): boolean {
  return /\.wasm(?:[?#]|$)/i.test(module);
}
