/** The messages between the supervisor thread and the thread that makes HTTP requests for plugins. */
import type { FetchAnswer, FetchOrder, FetchRefusal } from '../supervisor/ports/fetcher.ts';

/** Sent by the supervisor thread. */
export type ToOutbound =
  | { readonly kind: 'fetch'; readonly id: number; readonly order: FetchOrder }
  /** Nobody waits for the answer any more. */
  | { readonly kind: 'cancel'; readonly id: number };

/** Sent by the thread, once for each request that was not cancelled. */
export interface FromOutbound {
  readonly kind: 'answered';
  readonly id: number;
  readonly answer: FetchAnswer | FetchRefusal;
}
