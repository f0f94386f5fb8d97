/** The messages between the host thread and the console's thread. */
import type { MessagePort } from 'node:worker_threads';
import type { ErrorRecord } from '../../machines/run.ts';
import type { SchedulerWarning } from '../../supervisor/scheduler-reports.ts';
import type { ConsoleAddress, ConsoleConfig } from './console-config.ts';

/** The `workerData` of the console's thread. */
export interface ConsoleThreadData {
  readonly config: ConsoleConfig;
}

/** Sent by the host thread. */
export type ToConsole =
  /** A supervisor thread is at the other end of the port. It takes the place of the one before. */
  | { readonly kind: 'supervisor'; readonly port: MessagePort }
  /** The scheduler stops: whoever is connected is sent away, and the thread ends. */
  | { readonly kind: 'close' };

/** Sent by the console's thread. */
export type FromConsole =
  | ({ readonly kind: 'listening' } & ConsoleAddress)
  /** What nobody else can be told any more, because the scheduler has stopped. */
  | { readonly kind: 'warned'; readonly warning: SchedulerWarning }
  /** It cannot listen, and the thread ends. */
  | { readonly kind: 'refused'; readonly error: ErrorRecord };
