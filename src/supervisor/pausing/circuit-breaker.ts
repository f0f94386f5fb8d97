/**
 * Pauses a schedule whose runs keep failing (`pauseAfterFailures`), and resumes it for one run when its probe is due
 * (`probeAfterMs`). A probe keeps the count of failures, so that one more pauses the schedule again; a success clears
 * it.
 */
import type { Pause } from '../../machines/schedule-entries.ts';
import type { Cancel, Clock } from '../ports/clock.ts';
import type { LiveSchedule } from '../schedules/live-schedule.ts';

/** Longest sleep: probes are due by the wall clock, which may be set. */
const MAX_SLEEP_MS = 60_000;

export interface CircuitBreakerListener {
  /** Too many runs in a row have failed. */
  broken(schedule: LiveSchedule, pause: Pause): void;
  /** The probe of a paused schedule is due. */
  probed(schedule: LiveSchedule): void;
}

export class CircuitBreaker {
  readonly #clock: Clock;
  readonly #listener: CircuitBreakerListener;
  /** Paused schedules that have a probe. */
  readonly #waiting = new Set<LiveSchedule>();
  #cancel: Cancel | null = null;

  constructor(clock: Clock, listener: CircuitBreakerListener) {
    this.#clock = clock;
    this.#listener = listener;
  }

  /** Call it when a run of the schedule has failed and has been counted. */
  runFailed(schedule: LiveSchedule): void {
    const { pauseAfterFailures, probeAfterMs } = schedule.definition.declared;
    const { failuresInRow, lastFailure, pause } = schedule.state;
    if (pauseAfterFailures === undefined || failuresInRow < pauseAfterFailures || pause !== undefined) return;
    const atMs = this.#clock.nowMs();
    const last = lastFailure?.error === undefined ? '' : ` (${lastFailure.error.name}: ${lastFailure.error.message})`;
    const note = `${failuresInRow} runs in a row have failed, the last one as ${lastFailure?.outcome}${last}`;
    const probe = probeAfterMs === undefined ? {} : { probeAtMs: atMs + probeAfterMs };
    this.#listener.broken(schedule, { atMs, note, ...probe });
  }

  /** Call it when a schedule is paused, or added while it is paused. */
  watch(schedule: LiveSchedule): void {
    if (schedule.state.pause?.probeAtMs === undefined) return;
    this.#waiting.add(schedule);
    this.#sleep();
  }

  close(): void {
    this.#waiting.clear();
    this.#cancel?.();
    this.#cancel = null;
  }

  #sleep(): void {
    this.#cancel?.();
    this.#cancel = null;
    if (this.#waiting.size === 0) return;
    let nextAtMs = Number.POSITIVE_INFINITY;
    for (const schedule of this.#waiting) nextAtMs = Math.min(nextAtMs, probeAtMs(schedule));
    const delayMs = Math.min(Math.max(nextAtMs - this.#clock.nowMs(), 0), MAX_SLEEP_MS);
    this.#cancel = this.#clock.sleep(delayMs, () => this.#wake());
  }

  #wake(): void {
    const nowMs = this.#clock.nowMs();
    for (const schedule of this.#waiting) {
      // Meanwhile it may have been resumed, removed, or paused for good.
      const isOver = schedule.state.pause?.probeAtMs === undefined || schedule.rest === 'removed';
      if (!isOver && probeAtMs(schedule) > nowMs) continue;
      this.#waiting.delete(schedule);
      if (!isOver) this.#listener.probed(schedule);
    }
    this.#sleep();
  }
}

function probeAtMs({ state }: LiveSchedule): number {
  return state.pause?.probeAtMs ?? Number.NEGATIVE_INFINITY;
}
