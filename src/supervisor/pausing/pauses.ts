/**
 * Pauses schedules and resumes them: for an operator, and for the circuit breaker. What falls due during a pause does
 * not run, and the end of the pause moves the cursor past it.
 */
import type { Pause } from '../../machines/schedule-entries.ts';
import type { Timetable } from '../planning/timetable.ts';
import type { Clock } from '../ports/clock.ts';
import type { Positions } from '../positioning/positions.ts';
import type { Recorder } from '../recording/recorder.ts';
import type { ScheduleActors } from '../schedules/actor.ts';
import { basisOf, type LiveSchedule, passFields } from '../schedules/live-schedule.ts';
import { CircuitBreaker } from './circuit-breaker.ts';

export interface PausesParts {
  readonly clock: Clock;
  readonly recorder: Recorder;
  readonly timetable: Timetable;
  readonly actors: ScheduleActors;
  readonly positions: Positions;
}

export class Pauses {
  readonly #parts: PausesParts;
  readonly #breaker: CircuitBreaker;

  constructor(parts: PausesParts) {
    this.#parts = parts;
    this.#breaker = new CircuitBreaker(parts.clock, {
      broken: (schedule, pause) => this.#break(schedule, pause),
      probed: (schedule) => void this.#resume(schedule, 'probe'),
    });
  }

  /** Call it for a schedule that is added, which may be paused. */
  watch(schedule: LiveSchedule): void {
    this.#breaker.watch(schedule);
  }

  /** Call it when a run of the schedule has failed and has been counted. */
  runFailed(schedule: LiveSchedule): void {
    this.#breaker.runFailed(schedule);
  }

  async pause(schedule: LiveSchedule, pause: Pause): Promise<void> {
    const { timetable, actors, recorder } = this.#parts;
    const written = recorder.change(schedule, { kind: 'paused', key: schedule.definition.key, pause });
    this.#breaker.watch(schedule);
    timetable.remove(schedule);
    actors.send(schedule, { type: 'schedule.paused' });
    await written;
  }

  /** Resumes a schedule that is paused or faulted. */
  resume(schedule: LiveSchedule): Promise<void> {
    return this.#resume(schedule, 'operator');
  }

  /** Another node may have paused the schedule, or resumed it. */
  observed(schedule: LiveSchedule, before: Pause | undefined): void {
    const { pause } = schedule.state;
    if (pause?.atMs === before?.atMs) return;
    const { timetable, actors } = this.#parts;
    if (pause === undefined) {
      actors.send(schedule, { type: 'schedule.resumed' });
      timetable.plan(schedule);
      return;
    }
    this.#breaker.watch(schedule);
    timetable.remove(schedule);
    if (before === undefined) actors.send(schedule, { type: 'schedule.paused' });
  }

  close(): void {
    this.#breaker.close();
  }

  async #resume(schedule: LiveSchedule, by: 'operator' | 'probe'): Promise<void> {
    const { clock, timetable, actors, recorder, positions } = this.#parts;
    const { key } = schedule.definition;
    const atMs = clock.nowMs();
    positions.look(schedule);
    this.#skipWhatWaited(schedule, atMs);
    const pendingMs = pendingAt(schedule, atMs);
    // An occurrence that waits for its jitter has not fallen due yet, so it runs after the pause.
    const cursorMs = Math.max(schedule.position.cursorMs, pendingMs === undefined ? atMs : pendingMs - 1);
    const moved = recorder.change(schedule, { kind: 'moved', key, cursorMs });
    const resumed = recorder.change(schedule, { kind: 'resumed', key, atMs, isProbe: by === 'probe' });
    schedule.position = schedule.state;
    schedule.backlog = null;
    actors.send(schedule, { type: 'schedule.resumed' });
    timetable.plan(schedule);
    await Promise.all([moved, resumed]);
  }

  /** Records as skipped what had fallen due before the pause and was still to be made up for. */
  #skipWhatWaited(schedule: LiveSchedule, nowMs: number): void {
    const { definition, state } = schedule;
    const { cursorMs, owed } = schedule.position;
    if (state.pause === undefined || state.pause.atMs <= cursorMs) return;
    const { recurrence } = definition;
    let untilMs = recurrence.previous(state.pause.atMs, cursorMs);
    if (untilMs !== undefined && untilMs === pendingAt(schedule, nowMs))
      untilMs = recurrence.previous(untilMs - 1, cursorMs);
    if (untilMs === undefined) return;
    const count = recurrence.count(cursorMs, untilMs);
    const basis = basisOf(schedule);
    // Also when the clock was set back meanwhile: what is recorded as skipped must not run after all.
    schedule.position = { cursorMs: untilMs, ...(owed && { owed }) };
    const fromMs = recurrence.next(cursorMs);
    const span = { fromMs, untilMs, count, ...passFields(schedule, fromMs), ...(basis && { basis }) };
    void this.#parts.recorder.decide(schedule, 'missed-skipped', { reason: 'paused', ...span });
  }

  #break(schedule: LiveSchedule, pause: Pause): void {
    const { key } = schedule.definition;
    void this.pause(schedule, pause);
    const { note, probeAtMs } = pause;
    const probe = probeAtMs === undefined ? '' : ` It is tried again at ${new Date(probeAtMs).toISOString()}.`;
    const message = `Schedule "${key}" is paused: ${note}.${probe}`;
    this.#parts.recorder.warn({ code: 'schedule-paused', message, key });
  }
}

/** The occurrence that waits for its jitter at an instant, if there is one. There is never more than one. */
function pendingAt({ definition, position }: LiveSchedule, nowMs: number): number | undefined {
  const { recurrence } = definition;
  const newestMs = recurrence.previous(nowMs, position.cursorMs);
  return newestMs !== undefined && recurrence.dueAt(newestMs) > nowMs ? newestMs : undefined;
}
