import { constants } from 'node:os';
import type { Scheduler } from '../index.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Why `escapement run` ends: it was asked to, or the scheduler gave up. */
export type Ending =
  | { readonly kind: 'asked'; readonly reason: string }
  | { readonly kind: 'error'; readonly error: Error };

/** Watches for what ends a scheduler. */
export interface EndingWatch {
  readonly decided: Promise<Ending>;
  /** Decides for an end after this time, unless something else does so before. */
  endAfter(delayMs: number): void;
  /** Stops the timer and leaves signals to their default again. */
  dispose(): void;
}

/** Watches for a signal, the end of a time, and an error of the scheduler. A second signal ends the process at once. */
export function endingOf(scheduler: Scheduler): EndingWatch {
  const { promise: decided, resolve } = Promise.withResolvers<Ending>();
  let isSignalled = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (isSignalled) process.exit(128 + constants.signals[signal]);
    isSignalled = true;
    resolve({ kind: 'asked', reason: signal });
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  scheduler.once('error', (error) => resolve({ kind: 'error', error }));
  let timer: NodeJS.Timeout | undefined;
  return {
    decided,
    endAfter: (delayMs) => {
      timer = setTimeout(() => resolve({ kind: 'asked', reason: 'its time is up' }), delayMs);
    },
    dispose: () => {
      clearTimeout(timer);
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
}
