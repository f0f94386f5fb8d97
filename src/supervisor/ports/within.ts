import type { Clock } from './clock.ts';

/** How long something may take, and what becomes of an answer that comes after that. */
export interface Limit<T> {
  readonly limitMs: number;
  /** Who is waited for, as a sentence begins. */
  readonly who: string;
  readonly late?: (answer: T) => void;
}

/** Waits for an answer, but not for ever: rejects when it does not come in time. */
export async function within<T>(clock: Clock, call: Promise<T>, { limitMs, who, late }: Limit<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  let isTooLate = false;
  const cancel = clock.sleep(limitMs, () => {
    isTooLate = true;
    reject(new Error(`${who} did not answer for ${limitMs / 1_000} s`));
  });
  call.then(
    (answer) => {
      if (isTooLate) late?.(answer);
    },
    () => {},
  );
  try {
    return await Promise.race([call, promise]);
  } finally {
    cancel();
  }
}
