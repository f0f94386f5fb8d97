import type { LiveSchedule } from '../schedules/live-schedule.ts';

/** What one tick found due, in the order of a tick. */
interface Batch {
  readonly schedules: readonly LiveSchedule[];
  place: number;
}

/**
 * What ticks have found due and nobody has planned yet. Ticks go on while thousands of schedules are planned, and what
 * they find must not wait for all of these. The best priority goes first. Among equals the ticks take turns, and each
 * keeps its order.
 */
export class DueBatches {
  #batches: Batch[] = [];
  #turn = 0;

  get isEmpty(): boolean {
    return this.#batches.length === 0;
  }

  /** How many schedules wait. */
  get size(): number {
    return this.#batches.reduce((size, { schedules, place }) => size + schedules.length - place, 0);
  }

  /** @param schedules In the order of a tick. */
  add(schedules: readonly LiveSchedule[]): void {
    if (schedules.length > 0) this.#batches.push({ schedules, place: 0 });
  }

  take(): LiveSchedule | undefined {
    const batch = this.#next();
    if (batch === undefined) return undefined;
    const schedule = batch.schedules[batch.place];
    batch.place += 1;
    if (batch.place === batch.schedules.length) this.#batches = this.#batches.filter((each) => each !== batch);
    return schedule;
  }

  clear(): void {
    this.#batches = [];
  }

  #next(): Batch | undefined {
    const { length } = this.#batches;
    if (length <= 1) return this.#batches[0];
    this.#turn = (this.#turn + 1) % length;
    let best: Batch | undefined;
    for (let step = 0; step < length; step += 1) {
      const batch = this.#batches[(this.#turn + step) % length] as Batch;
      if (best === undefined || priorityOf(batch) < priorityOf(best)) best = batch;
    }
    return best;
  }
}

/** Of the schedule that is next. */
function priorityOf({ schedules, place }: Batch): number {
  return (schedules[place] as LiveSchedule).definition.priority;
}
