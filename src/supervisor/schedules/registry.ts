import type { LiveSchedule } from './live-schedule.ts';

/** The schedules of this node, by key. */
export class ScheduleRegistry {
  readonly #schedules = new Map<string, LiveSchedule>();

  all(): IterableIterator<LiveSchedule> {
    return this.#schedules.values();
  }

  find(key: string): LiveSchedule | undefined {
    return this.#schedules.get(key);
  }

  add(schedule: LiveSchedule): void {
    this.#schedules.set(schedule.definition.key, schedule);
  }

  remove(key: string): void {
    this.#schedules.delete(key);
  }
}
