import type { SchedulerWarning } from '../../index.ts';

/** A request to a web service of the host's choice. */
export interface Order {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  /** By name, in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** What notifying needs of the thread that it runs in. */
export interface NotifyParts {
  readonly clock: NotifyClock;
  /** Makes a request. Rejects when there is no answer, or when the signal is aborted. */
  readonly exchange: (order: Order, signal: AbortSignal) => Promise<{ status: number; retryAfter: string | null }>;
  /** Tells the host itself, when the scheduler has stopped and nobody else is there to be told. */
  readonly warned: Warn;
  /** A number from 0, and below 1. */
  readonly random: () => number;
}

/** The part of a `Clock` that notifying needs. */
export interface NotifyClock {
  /** Epoch milliseconds. */
  nowMs(): number;
  monotonicMs(): number;
  /** Calls back when so many milliseconds have passed. Returns how to cancel that. */
  sleep(delayMs: number, wake: () => void): () => void;
}

export type Warn = (warning: SchedulerWarning) => void;
