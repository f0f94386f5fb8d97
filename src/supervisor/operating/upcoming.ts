import type { Clock } from '../ports/clock.ts';
import { Slicer } from '../ports/slicer.ts';
import { isActive, type LiveSchedule } from '../schedules/live-schedule.ts';
import type { InTurn } from './in-turn.ts';
import type { OperatedSchedules } from './operated-node.ts';
import { SharedWork } from './shared-work.ts';

/** Which occurrences to look for: the first ones after an instant, and none after another. Epoch milliseconds. */
export interface UpcomingSpan {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly count: number;
}

/**
 * The occurrences of schedules that are still to come, without jitter; none while nothing can fall due. They are found in
 * slices and in turn, because the calendar is searched for each of them.
 */
export class Upcoming {
  readonly #clock: Clock;
  readonly #schedules: Pick<OperatedSchedules, 'get'>;
  readonly #longWork: InTurn;
  readonly #fromNow: SharedWork<number[]>;

  constructor(clock: Clock, schedules: Pick<OperatedSchedules, 'get'>, longWork: InTurn) {
    [this.#clock, this.#schedules, this.#longWork] = [clock, schedules, longWork];
    this.#fromNow = new SharedWork(longWork);
  }

  /** So many from now on. Rejects with an `UnknownScheduleError`. */
  fromNow(key: string, count: number): Promise<number[]> {
    return this.#fromNow.do(JSON.stringify([key, count]), async () => {
      const span = { fromMs: this.#clock.nowMs(), untilMs: Number.MAX_VALUE, count };
      return this.#find(this.#schedules.get(key), span);
    });
  }

  within(schedule: LiveSchedule, span: UpcomingSpan): Promise<number[]> {
    return this.#longWork.do(() => this.#find(schedule, span));
  }

  async #find(schedule: LiveSchedule, { fromMs, untilMs, count }: UpcomingSpan): Promise<number[]> {
    if (!isActive(schedule)) return [];
    const { recurrence } = schedule.definition;
    const slicer = new Slicer(this.#clock);
    const found: number[] = [];
    let lastMs = Math.max(schedule.position.cursorMs, fromMs);
    try {
      while (found.length < count) {
        lastMs = recurrence.next(lastMs);
        if (lastMs > untilMs) break;
        found.push(lastMs);
        await slicer.pause();
      }
    } catch {
      // It does not fall due any more.
    }
    return found;
  }
}
