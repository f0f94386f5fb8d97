import type { HostCaller, JsonValue } from '../plugin.ts';

/** A function of the host that hears who calls. The arguments are those of the plugin, in an array. */
export type HostFunctionWithCaller = (args: readonly JsonValue[], caller: HostCaller) => unknown;

const WITH_CALLER = new WeakSet<object>();
const AROUND = new WeakSet<object>();

/** What stands around a function of the host. Without a caller it is the scheduler itself that calls. */
type AroundFunction = (args: readonly JsonValue[], caller: HostCaller | undefined) => unknown;

/**
 * Makes a function of the host that hears which run calls it: `'cache.purge': withCaller(async (args, caller) => …)`.
 * The caller comes from the scheduler and stands apart from the arguments, so no plugin can pass one of its own.
 */
export function withCaller(hostFunction: HostFunctionWithCaller): (...args: JsonValue[]) => unknown {
  const wrapped = (args: readonly JsonValue[], caller: HostCaller): unknown => hostFunction(args, caller);
  WITH_CALLER.add(wrapped);
  return wrapped as unknown as (...args: JsonValue[]) => unknown;
}

/** Makes what stands around a function of the host, whoever calls that. */
export function around(called: AroundFunction): (...args: JsonValue[]) => unknown {
  const wrapped: AroundFunction = (args, caller) => called(args, caller);
  AROUND.add(wrapped);
  return wrapped as unknown as (...args: JsonValue[]) => unknown;
}

/** Calls a function of the host as it was declared. */
export function callWith(
  hostFunction: (...args: JsonValue[]) => unknown,
  args: readonly JsonValue[],
  caller: HostCaller | undefined,
): unknown {
  if (AROUND.has(hostFunction)) return (hostFunction as unknown as AroundFunction)(args, caller);
  if (!WITH_CALLER.has(hostFunction)) return hostFunction(...args);
  if (caller === undefined) throw new TypeError('nobody says who calls');
  return (hostFunction as unknown as HostFunctionWithCaller)(args, caller);
}
