import type { Clock } from '../../ports/clock.ts';

/** Waits for a promise, but not longer than `limitMs`. Resolves to undefined when that is over. */
export async function boundedWait<T>(promise: Promise<T>, limitMs: number, clock: Clock): Promise<T | undefined> {
  const { promise: limit, resolve } = Promise.withResolvers<undefined>();
  const cancel = clock.sleep(limitMs, () => resolve(undefined));
  try {
    return await Promise.race([promise, limit]);
  } finally {
    cancel();
  }
}
