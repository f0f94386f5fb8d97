/**
 * Keeps this node's schedules in step with the store that it shares with other nodes. This node believes its own writes
 * at once; when the store refuses one of them, or another node was first, planning goes on from what the store says.
 */
import type { ScheduleState } from '../../machines/schedule-state.ts';
import type { Pauses } from '../pausing/pauses.ts';
import type { Timetable } from '../planning/timetable.ts';
import { adopt, follow, type LiveSchedule } from '../schedules/live-schedule.ts';
import type { ScheduleRegistry } from '../schedules/registry.ts';

export interface SharedSchedulesParts {
  readonly registry: ScheduleRegistry;
  readonly timetable: Timetable;
  readonly pauses: Pauses;
}

export class SharedSchedules {
  readonly #parts: SharedSchedulesParts;

  constructor(parts: SharedSchedulesParts) {
    this.#parts = parts;
  }

  /**
   * Takes over what the store says of schedules that another node has changed. Called before a write is refused, too.
   */
  observe(states: readonly ScheduleState[]): void {
    for (const state of states) this.#observe(state, follow);
  }

  /** The same when the store has another history than the one that this node has followed until now. */
  adopt(states: readonly ScheduleState[]): void {
    for (const state of states) this.#observe(state, adopt);
  }

  #observe(state: ScheduleState, take: (schedule: LiveSchedule, state: ScheduleState) => boolean): void {
    const { registry, timetable, pauses } = this.#parts;
    const schedule = registry.find(state.key);
    if (schedule === undefined) registry.absent.set(state.key, state);
    if (schedule === undefined || !schedule.isShared) return;
    const pauseBefore = schedule.state.pause;
    const hasMoved = take(schedule, state);
    if (hasMoved) schedule.retryAtMs = 0;
    pauses.observed(schedule, pauseBefore);
    if (hasMoved && timetable.isQueued(schedule)) timetable.plan(schedule);
  }
}
