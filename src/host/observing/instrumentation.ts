/**
 * What is done around a scheduler's calls on the host thread by those who trace it. The scheduler does not know them:
 * without them a call is a call.
 */
import type { HostCaller } from '../../plugin.ts';
import type { HostFunction } from '../host-functions.ts';
import { around, callWith } from '../with-caller.ts';

/** The arguments of a trigger. */
export interface TriggerCall {
  readonly key: string;
  readonly traceparent?: string;
}

/** What somebody does who traces a scheduler. */
export interface Instrumentation {
  /** The host triggers a schedule. Must call `proceed` once, and return what it returns: the run's id. */
  triggering(call: TriggerCall, proceed: (call: TriggerCall) => Promise<string>): Promise<string>;
  /** A plugin calls a function of the host. Must call `proceed` once, and return what it returns. */
  calling(caller: HostCaller, proceed: () => unknown): unknown;
}

const INSTRUMENTATIONS = new WeakMap<object, Instrumentation>();

/** From now on calls go through the instrumentation. Returns how to end that. It takes the place of another one. */
export function instrument(scheduler: object, instrumentation: Instrumentation): () => void {
  INSTRUMENTATIONS.set(scheduler, instrumentation);
  return () => {
    if (INSTRUMENTATIONS.get(scheduler) === instrumentation) INSTRUMENTATIONS.delete(scheduler);
  };
}

/** Triggers a schedule of the host. */
export function observedTrigger(
  scheduler: object,
  call: TriggerCall,
  proceed: (call: TriggerCall) => Promise<string>,
): Promise<string> {
  const instrumentation = INSTRUMENTATIONS.get(scheduler);
  return instrumentation === undefined ? proceed(call) : instrumentation.triggering(call, proceed);
}

/** The functions of the host, by name, each of which is called through the instrumentation that there is by then. */
export function observedFunctions(
  scheduler: object,
  functions: Readonly<Record<string, HostFunction>>,
): ReadonlyMap<string, HostFunction> {
  return new Map(Object.entries(functions).map(([name, called]) => [name, observed(scheduler, called)]));
}

function observed(scheduler: object, called: HostFunction): HostFunction {
  return around((args, caller) => {
    const instrumentation = INSTRUMENTATIONS.get(scheduler);
    const proceed = (): unknown => callWith(called, args, caller);
    // Who is told of a notice is called by no run, and there is nothing to trace.
    return instrumentation === undefined || caller === undefined ? proceed() : instrumentation.calling(caller, proceed);
  });
}
