import type { JsonValue } from '../plugin.ts';
import type { FromSupervisor, ToSupervisor } from '../supervisor/protocol.ts';
import { errorRecord } from '../wire/error-record.ts';
import { jsonProblem } from '../wire/json-problem.ts';
import { MAX_DATA_LENGTH } from './checking/read-once.ts';
import { HOST_CLOCK } from './hearing/host-clock.ts';
import { callWith } from './with-caller.ts';

/**
 * A function that the host offers to plugins. Arguments and result are JSON; a promise is awaited. `withCaller()` makes
 * one that hears who calls.
 */
export type HostFunction = (...args: JsonValue[]) => unknown;

/** A plugin's call of a host function, as the supervisor thread passes it on. */
export type HostCall = Extract<FromSupervisor, { kind: 'host.called' }>;

/**
 * Calls a host function for a plugin and posts the answer. The call fails, for the plugin, when the function throws and
 * also when its result is not JSON. Never rejects.
 */
export async function answerHostCall(
  { callId, name, args, caller, limitMs }: HostCall,
  functions: ReadonlyMap<string, HostFunction>,
  post: (answer: ToSupervisor) => void,
): Promise<void> {
  try {
    const called = functions.get(name);
    const value = called === undefined ? undefined : await withinLimit(callWith(called, args, caller), limitMs);
    const problem = value === undefined ? undefined : jsonProblem(value, { maxLength: MAX_DATA_LENGTH });
    if (problem !== undefined) throw new TypeError(`The host function "${name}" must return JSON, but ${problem}.`);
    post({ kind: 'host.answered', callId, value: value as JsonValue | undefined });
  } catch (error) {
    post({ kind: 'host.failed', callId, error: errorRecord(error) });
  }
}

/**
 * In so many parts a limit passes. However long the host is blocked meanwhile, that takes one part of it, so that a
 * function is not given up because it had no turn.
 */
const LIMIT_PARTS = 10;

async function withinLimit(answer: unknown, limitMs: number | undefined): Promise<unknown> {
  if (limitMs === undefined) return answer;
  const late = Promise.withResolvers<never>();
  let cancel = (): void => {};
  const wait = (parts: number): void => {
    if (parts === 0) late.reject(new Error(`no answer within ${limitMs} ms`));
    else cancel = HOST_CLOCK.sleep(limitMs / LIMIT_PARTS, () => wait(parts - 1));
  };
  wait(LIMIT_PARTS);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    cancel();
  }
}
