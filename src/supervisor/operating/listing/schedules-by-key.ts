import type { Clock } from '../../ports/clock.ts';
import { Slicer } from '../../ports/slicer.ts';
import type { LiveSchedule } from '../../schedules/live-schedule.ts';
import type { OperatedSchedules } from '../operated-node.ts';
import { SearchIndex } from './search-index.ts';
import { sortedInSlices } from './sorting.ts';

type Schedules = Pick<OperatedSchedules, 'revision' | 'all' | 'find'>;

/** All schedules as they are at one revision. */
export class SchedulesByKey {
  /** In the order of their keys. */
  readonly all: readonly LiveSchedule[];
  #index: Promise<SearchIndex> | null = null;

  constructor(all: readonly LiveSchedule[]) {
    this.all = all;
  }

  /** Those with this in their key or description, in any case, in the order of their keys. */
  async search(needle: string, slicer: Slicer): Promise<readonly LiveSchedule[]> {
    // Only whoever searches pays for the index.
    this.#index ??= SearchIndex.of(this.all, slicer);
    return (await this.#index).find(needle, slicer);
  }
}

/** Keeps the schedules in the order of their keys, until some come, go or are declared anew. */
export class KeyOrder {
  readonly #clock: Clock;
  readonly #schedules: Schedules;
  #present: { readonly revision: number; readonly byKey: Promise<SchedulesByKey> } | null = null;

  constructor(clock: Clock, schedules: Schedules) {
    this.#clock = clock;
    this.#schedules = schedules;
  }

  byKey(): Promise<SchedulesByKey> {
    const { revision } = this.#schedules;
    if (this.#present?.revision !== revision) {
      this.#present = { revision, byKey: this.#sorted(this.#present?.byKey) };
    }
    return this.#present.byKey;
  }

  async #sorted(before: Promise<SchedulesByKey> | undefined): Promise<SchedulesByKey> {
    const slicer = new Slicer(this.#clock);
    const known = before === undefined ? [] : (await before).all;
    // What is in order already costs little to sort, so that one more schedule is not a whole sort more.
    const present = await this.#presentFirst(known, slicer);
    return new SchedulesByKey(await sortedInSlices(present, compareKeys, slicer));
  }

  /** Those that were known before and are still there, in their order, and then the others. */
  async #presentFirst(known: readonly LiveSchedule[], slicer: Slicer): Promise<Iterable<LiveSchedule>> {
    const schedules = this.#schedules;
    const present = new Set<LiveSchedule>();
    for (const schedule of known) {
      if (schedules.find(schedule.definition.key) === schedule) present.add(schedule);
      if (slicer.step()) await slicer.pause();
    }
    for (const schedule of schedules.all()) {
      present.add(schedule);
      if (slicer.step()) await slicer.pause();
    }
    return present;
  }
}

function compareKeys({ definition: a }: LiveSchedule, { definition: b }: LiveSchedule): number {
  if (a.key === b.key) return 0;
  return a.key < b.key ? -1 : 1;
}
