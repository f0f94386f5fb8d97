import { constants } from 'node:os';
import type { Scheduler } from '../index.ts';

/** The last one comes when the terminal is closed. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** How long a module of the user has to close what it opened, once the command is done. */
const GRACE_MS = 5_000;

/** Why `escapement run` ends: it was asked to, or the scheduler gave up. */
export type Ending =
  | { readonly kind: 'asked'; readonly reason: string }
  | { readonly kind: 'error'; readonly error: Error };

/** Watches for what ends `escapement run`. */
export interface EndingWatch {
  readonly decided: Promise<Ending>;
  /** Whether an end is decided. */
  readonly isDecided: boolean;
  /** Decides for an end when this scheduler gives up. */
  watch(scheduler: Scheduler): void;
  /** Decides for an end, for this reason. */
  ask(reason: string): void;
  /** Decides for an end with this error. */
  fail(error: Error): void;
  /** Decides for an end after this time, unless something else does so before. */
  endAfter(delayMs: number): void;
  /** Stops the timer and leaves signals to their default again. */
  dispose(): void;
}

/** Watches for a signal, the end of a time, and an error. A second signal ends the process at once. */
export function watchForEnding(): EndingWatch {
  const { promise: decided, resolve } = Promise.withResolvers<Ending>();
  let [isSignalled, isDecided] = [false, false];
  const decide = (ending: Ending): void => {
    isDecided = true;
    resolve(ending);
  };
  const ask = (reason: string): void => decide({ kind: 'asked', reason });
  const onSignal = (signal: NodeJS.Signals): void => {
    if (isSignalled) process.exit(128 + constants.signals[signal]);
    isSignalled = true;
    ask(signal);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  const fail = (error: Error): void => decide({ kind: 'error', error });
  let timer: NodeJS.Timeout | undefined;
  return {
    decided,
    get isDecided() {
      return isDecided;
    },
    watch: (scheduler) => void scheduler.once('error', fail),
    ask,
    fail,
    endAfter: (delayMs) => {
      timer = setTimeout(() => ask('its time is up'), delayMs);
    },
    dispose: () => {
      clearTimeout(timer);
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
}

/**
 * Ends the process when its command is done. Usually nothing is left to do and it ends by itself; a configuration file may
 * have opened a connection or begun a timer that would keep it for ever.
 */
export function leaveSoon(): void {
  // Whatever was printed into a pipe is written first.
  process.stdout.write('', () => {
    process.stderr.write('', () => {
      // It keeps nothing alive by itself.
      setTimeout(leave, GRACE_MS).unref();
    });
  });
}

function leave(): void {
  process.stderr.write('escapement: a timer or a connection of yours is still open, so the process was ended\n');
  process.exit();
}
