import { monotonicMs } from './thread-clock.ts';

const MIN_INTERVAL_MS = 100;
const MAX_NOTE_LENGTH = 1_024;

/**
 * Passes on what a run reports of its progress, at most ten times a second: what comes sooner is dropped, as the next
 * report replaces it anyway. The first report, and the first one of completion, always pass.
 */
export class RunProgress {
  readonly #send: (fraction: number, note: string | undefined) => void;
  #lastSentAtMs = Number.NEGATIVE_INFINITY;
  #isComplete = false;

  constructor(send: (fraction: number, note: string | undefined) => void) {
    this.#send = send;
  }

  /** Called by plugins, with anything: a fraction is brought into [0, 1], and what is not a number is dropped. */
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
