import type { ScheduleState } from '../../../machines/schedule-state.ts';
import type { Clock } from '../../ports/clock.ts';
import { Slicer } from '../../ports/slicer.ts';
import type { ScheduleDefinition } from '../definition.ts';
import type { LiveSchedule } from '../live-schedule.ts';

export interface NewSchedulesParts {
  readonly clock: Clock;
  readonly runner: {
    add(definition: ScheduleDefinition, known: ScheduleState | undefined, earlier?: EarlierStarts): LiveSchedule;
    plan(schedule: LiveSchedule): void;
  };
  readonly known: KnownSchedules;
}

/** What the store knows of schedules that no plugin of this node declares, as it stands at present. */
export interface KnownSchedules {
  /** Undefined when nothing is left to know of the schedule. */
  take(key: string): ScheduleState | undefined;
  /** An installation is not wanted any more: see `installationName`. */
  forgetOf(installation: string): void;
}

/** When the present starts of schedules fell due that had been running in an earlier supervisor thread, by their keys. */
export type EarlierStarts = ReadonlyMap<string, number>;

/** Schedules that have come and are not planned yet. In slices: no tick must wait for ten thousand of them. */
export class NewSchedules {
  readonly #parts: NewSchedulesParts;
  #added: LiveSchedule[] = [];

  constructor(parts: NewSchedulesParts) {
    this.#parts = parts;
  }

  /** @param earlier They had been running in an earlier supervisor thread. */
  async add(definitions: readonly ScheduleDefinition[], earlier?: EarlierStarts): Promise<void> {
    const { clock, runner, known } = this.#parts;
    const slicer = new Slicer(clock);
    for (const definition of definitions) {
      this.#added.push(runner.add(definition, known.take(definition.key), earlier));
      if (slicer.step()) await slicer.pause();
    }
  }

  /** One that was removed meanwhile stays removed. */
  async plan(): Promise<void> {
    const { clock, runner } = this.#parts;
    const added = this.#added;
    this.#added = [];
    const slicer = new Slicer(clock);
    for (const schedule of added) {
      runner.plan(schedule);
      if (slicer.step()) await slicer.pause();
    }
  }
}
