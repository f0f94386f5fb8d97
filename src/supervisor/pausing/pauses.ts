/**
 * Pauses schedules and takes them up again: for an operator, and for the circuit breaker. What falls due during a pause does
 * not run, and moves the cursor when the pause ends.
 */
import { MISSED_COUNT_LIMIT } from '../../machines/missed-runs/due-plan.ts';
import type { ScheduleEvent } from '../../machines/schedule-machine.ts';
import type { Pause } from '../../machines/schedule-state.ts';
import { basisOf, type Timetable } from '../planning/timetable.ts';
import type { Clock } from '../ports/clock.ts';
import type { Recorder } from '../recording/recorder.ts';
import type { LiveSchedule } from '../schedules/registry.ts';
import { CircuitBreaker } from './circuit-breaker.ts';

export interface PausesPorts {
  readonly clock: Clock;
  readonly recorder: Recorder;
  readonly timetable: Timetable;
  readonly tell: (schedule: LiveSchedule, event: ScheduleEvent) => void;
}

export class Pauses {
  readonly #ports: PausesPorts;
  readonly #breaker: CircuitBreaker;

  constructor(ports: PausesPorts) {
    this.#ports = ports;
    this.#breaker = new CircuitBreaker(ports.clock, {
      broken: (schedule, pause) => this.#break(schedule, pause),
      probed: (schedule) => void this.#resume(schedule, { isProbe: true }),
    });
  }

  /** To be called for a schedule that is added, and may be one that is paused. */
  watch(schedule: LiveSchedule): void {
    this.#breaker.watch(schedule);
  }

  /** To be called when a run of the schedule has been counted. */
  settled(schedule: LiveSchedule): void {
    this.#breaker.settled(schedule);
  }

  async pause(schedule: LiveSchedule, pause: Pause): Promise<void> {
    const { timetable, tell, recorder } = this.#ports;
    const { key } = schedule.definition;
    schedule.pause = pause;
    this.#breaker.watch(schedule);
    timetable.remove(schedule);
    tell(schedule, { type: 'schedule.paused' });
    await recorder.write({ kind: 'paused', key, pause });
  }

  /** Takes up a schedule that is paused or faulted. */
  resume(schedule: LiveSchedule): Promise<void> {
    schedule.failuresInRow = 0;
    return this.#resume(schedule, { isProbe: false });
  }

  /** Another node has paused the schedule, or taken it up. */
  observed(schedule: LiveSchedule, pause: Pause | null): void {
    if (pause?.atMs === schedule.pause?.atMs) return;
    const { timetable, tell } = this.#ports;
    const isNew = schedule.pause === null;
    schedule.pause = pause;
    if (pause === null) {
      tell(schedule, { type: 'schedule.resumed' });
      timetable.plan(schedule);
      return;
    }
    this.#breaker.watch(schedule);
    timetable.remove(schedule);
    if (isNew) tell(schedule, { type: 'schedule.paused' });
  }

  close(): void {
    this.#breaker.close();
  }

  async #resume(schedule: LiveSchedule, { isProbe }: { readonly isProbe: boolean }): Promise<void> {
    const { clock, timetable, tell, recorder } = this.#ports;
    const { key } = schedule.definition;
    const atMs = clock.nowMs();
    this.#skipWhatWaited(schedule);
    schedule.pause = null;
    tell(schedule, { type: 'schedule.resumed' });
    schedule.cursorMs = Math.max(schedule.cursorMs, atMs);
    schedule.owed = null;
    schedule.backlog = null;
    timetable.plan(schedule);
    const { cursorMs } = schedule;
    await recorder.write({ kind: 'moved', key, cursorMs });
    await recorder.write({ kind: 'resumed', key, atMs, isProbe });
  }

  /** What had fallen due before the pause and was still to be made up for is told as skipped. */
  #skipWhatWaited(schedule: LiveSchedule): void {
    const { cursorMs, pause, definition } = schedule;
    if (pause === null || pause.atMs <= cursorMs) return;
    const { recurrence } = definition;
    const untilMs = recurrence.previous(pause.atMs, cursorMs);
    if (untilMs === undefined) return;
    const count = recurrence.count(cursorMs, untilMs, MISSED_COUNT_LIMIT);
    const basis = basisOf(schedule);
    schedule.dueCount += count;
    // Also when the clock was set back meanwhile: what was told as skipped does not run after all.
    schedule.cursorMs = untilMs;
    const span = { fromMs: recurrence.next(cursorMs), untilMs, count, ...(basis && { basis }) };
    void this.#ports.recorder.decide(schedule, 'missed-skipped', { reason: 'paused', ...span });
  }

  #break(schedule: LiveSchedule, pause: Pause): void {
    const { key } = schedule.definition;
    void this.pause(schedule, pause);
    const { note, probeAtMs } = pause;
    const probe = probeAtMs === undefined ? '' : ` It is tried again at ${new Date(probeAtMs).toISOString()}.`;
    const message = `Schedule "${key}" is paused: ${note}.${probe}`;
    this.#ports.recorder.warn({ code: 'schedule-paused', message, key });
  }
}
