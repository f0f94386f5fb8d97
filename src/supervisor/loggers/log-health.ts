import type { Clock } from '../ports/clock.ts';
import type { SchedulerWarning } from '../scheduler-reports.ts';
import type { LogStreamListener } from './log-stream.ts';

/** How often a lasting or repeated failure is reported at most. */
const REMIND_MS = 60_000;

/** Turns the failures of the log, which may be thousands a second, into a few warnings. */
export class LogHealth implements LogStreamListener {
  readonly #clock: Clock;
  readonly #warn: (warning: SchedulerWarning) => void;
  #warnedAtMs = Number.NEGATIVE_INFINITY;
  #hasWarned = false;

  constructor(clock: Clock, warn: (warning: SchedulerWarning) => void) {
    this.#clock = clock;
    this.#warn = warn;
  }

  failed(reason: string): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#warnedAtMs < REMIND_MS) return;
    this.#warnedAtMs = nowMs;
    this.#hasWarned = true;
    const message = `The log cannot be written: ${reason.replace(/\.$/, '')}. Schedules go on. Up to 16 MiB of lines wait until it can; what exceeds that is lost.`;
    this.#warn({ code: 'log-failed', message });
  }

  recovered(lostCount: number): void {
    // A failure that was too soon after another to be reported ends without a word too, unless lines were lost.
    if (!this.#hasWarned && lostCount === 0) return;
    this.#hasWarned = false;
    this.#warn({ code: 'log-recovered', message: `The log is written again; ${lostCount} lines were lost.` });
  }
}
