import type { ErrorRecord } from '../machines/run.ts';
import { errorRecord } from './error-record.ts';

/** How long further faults are only counted. */
const QUIET_MS = 60_000;

/** Turns faults, which may be thousands a second, into a few notices: the first, and one a minute with their number. */
export class FaultNotice {
  readonly #notify: (error: ErrorRecord, count: number) => void;
  readonly #nowMs: () => number;
  #noticedAtMs = Number.NEGATIVE_INFINITY;
  #count = 0;

  /** @param nowMs Monotonic milliseconds. */
  constructor(notify: (error: ErrorRecord, count: number) => void, nowMs: () => number) {
    this.#notify = notify;
    this.#nowMs = nowMs;
  }

  add(error: unknown): void {
    this.#count += 1;
    const nowMs = this.#nowMs();
    if (nowMs - this.#noticedAtMs < QUIET_MS) return;
    this.#noticedAtMs = nowMs;
    this.#notify(errorRecord(error), this.#count);
    this.#count = 0;
  }
}

/** The text of a warning about messages that could not be handled. */
export function droppedText(from: string, { name, message }: ErrorRecord, count: number): string {
  const what = count === 1 ? 'A message' : `${count} messages`;
  return `${what} from ${from} could not be handled and had to be dropped: ${name}: ${message}`;
}

const STUCK_PLACE = 'in a system call, or in one long step of native code, which nothing can end';
/** Why a thread goes on that was terminated. Which of the two it is cannot be told from outside. */
export const THREAD_STUCK = `it sits ${STUCK_PLACE}`;
export const THREADS_STUCK = `they sit ${STUCK_PLACE}`;
