import type { Clock } from './clock.ts';

const TIMED_OUT = Symbol('timed out');

/** How long an answer may take, and what becomes of one that comes later. */
export interface Limit<T> {
  readonly limitMs: number;
  /** Subject of the error message, for example `store "postgres"`. */
  readonly who: string;
  /** Called with an answer that comes after the limit, for example to give back a lock. Default: it is dropped. */
  readonly late?: (answer: T) => void;
}

/** Waits for an answer, and rejects when it does not come in time. */
export async function within<T>(clock: Clock, call: Promise<T>, { limitMs, who, late }: Limit<T>): Promise<T> {
  const answer = await firstOf(clock, call, limitMs);
  if (answer !== TIMED_OUT) return answer;
  if (late !== undefined) call.then(late, () => {});
  throw new Error(`${who} did not answer for ${limitMs / 1_000} s`);
}

/**
 * Waits for a promise, and resolves to undefined when it does not settle in time. For cleanups, where going on matters
 * more than the result.
 */
export async function waitAtMost<T>(clock: Clock, limitMs: number, promise: Promise<T>): Promise<T | undefined> {
  const result = await firstOf(clock, promise, limitMs);
  return result === TIMED_OUT ? undefined : result;
}

async function firstOf<T>(clock: Clock, promise: Promise<T>, limitMs: number): Promise<T | typeof TIMED_OUT> {
  const limit = Promise.withResolvers<typeof TIMED_OUT>();
  const cancel = clock.sleep(limitMs, () => limit.resolve(TIMED_OUT));
  try {
    // The race also handles a rejection that comes after the limit.
    return await Promise.race([promise, limit.promise]);
  } finally {
    cancel();
  }
}
