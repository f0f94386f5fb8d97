/**
 * Catches what nobody else has caught in the supervisor thread. One exception, in the handler of one message, timer or
 * answer, must not cost all schedules their thread: it is a warning with its cause, and the thread goes on. What the
 * handler was about is lost, and is found by the reconciler or at the next start.
 *
 * The thread ends when it cannot be trusted any more: when faults come in a storm, or when the fault took the clock with
 * it, which the host notices by the heartbeat. The host then starts another thread, from what the store knows.
 */
import { errorRecord } from '../../wire/error-record.ts';
import type { SchedulerWarning } from '../scheduler-reports.ts';

/** More faults than this within one window are a storm. */
export const MAX_FAULTS = 20;
export const FAULT_WINDOW_MS = 60_000;

export interface FaultNetParts {
  /** Monotonic milliseconds. */
  nowMs(): number;
  warn(warning: SchedulerWarning): void;
  /** Ends the thread. */
  end(cause: unknown): void;
}

export class FaultNet {
  readonly #parts: FaultNetParts;
  #faultsAtMs: readonly number[] = [];

  constructor(parts: FaultNetParts) {
    this.#parts = parts;
  }

  caught(thrown: unknown): void {
    const nowMs = this.#parts.nowMs();
    this.#faultsAtMs = [...this.#faultsAtMs.filter((atMs) => nowMs - atMs <= FAULT_WINDOW_MS), nowMs];
    if (this.#faultsAtMs.length > MAX_FAULTS) {
      this.#parts.end(thrown);
      return;
    }
    const error = errorRecord(thrown);
    const message = `An exception in the supervisor thread was not caught; it goes on. ${error.name}: ${error.message}`;
    this.#parts.warn({ code: 'supervisor-fault', message, error });
  }
}
