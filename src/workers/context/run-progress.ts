import { monotonicMs } from '../thread-clock.ts';

const MIN_INTERVAL_MS = 100;
const MAX_NOTE_LENGTH = 1_024;

/**
 * Passes on the progress of a run at most ten times a second. A report that comes sooner is dropped, because the next
 * one replaces it anyway. The first report always passes, and so does the first one of completion.
 */
export class RunProgress {
  readonly #send: (fraction: number, note: string | undefined) => void;
  #lastSentAtMs = Number.NEGATIVE_INFINITY;
  #isComplete = false;

  constructor(send: (fraction: number, note: string | undefined) => void) {
    this.#send = send;
  }

  /** Plugins may pass anything: the fraction is clamped to [0, 1], and what is not a number is dropped. */
  report(fraction: number, note?: string): void {
    if (typeof fraction !== 'number' || Number.isNaN(fraction)) return;
    const nowMs = monotonicMs();
    const completes = fraction >= 1 && !this.#isComplete;
    if (nowMs - this.#lastSentAtMs < MIN_INTERVAL_MS && !completes) return;
    this.#lastSentAtMs = nowMs;
    this.#isComplete ||= completes;
    this.#send(
      Math.min(Math.max(fraction, 0), 1),
      typeof note === 'string' ? note.slice(0, MAX_NOTE_LENGTH) : undefined,
    );
  }
}
