import { constants } from 'node:os';
import type { Scheduler } from '../index.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** What ends a scheduler that runs by itself. */
export type Ending =
  | { readonly kind: 'asked'; readonly reason: string }
  | { readonly kind: 'error'; readonly error: Error };

/** Watches for what ends a scheduler. */
export interface EndingWatch {
  readonly decided: Promise<Ending>;
  /** Ends it after this time. */
  endAfter(delayMs: number): void;
  /** Gives the signals back. */
  dispose(): void;
}

/** Watches for the first signal, the end of a time, and an error of the scheduler. A second signal ends the process. */
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
      timer = setTimeout(() => resolve({ kind: 'asked', reason: 'its time is over' }), delayMs);
    },
    dispose: () => {
      clearTimeout(timer);
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
}
