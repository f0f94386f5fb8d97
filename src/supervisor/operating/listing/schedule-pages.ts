import type { ScheduleSort } from '../../../machines/operating/schedule-lists.ts';
import type { SchedulePage, ScheduleQuery } from '../../operator-reports.ts';
import type { Clock } from '../../ports/clock.ts';
import { Slicer } from '../../ports/slicer.ts';
import type { ScheduleStatus } from '../../scheduler-reports.ts';
import { isActive, type LiveSchedule } from '../../schedules/live-schedule.ts';
import type { InTurn } from '../in-turn.ts';
import type { OperatedSchedules } from '../operated-node.ts';
import { type Trouble, troubleFinder } from '../problems.ts';
import { SharedWork } from '../shared-work.ts';
import { pageByRank } from './ranking.ts';
import { KeyOrder } from './schedules-by-key.ts';

/** The worst first. */
const SEVERITY: Readonly<Record<Trouble, number>> = { quarantined: -4, faulted: -3, silent: -2, failing: -1 };
/** How many schedules are looked at between two looks at the clock: it takes a fraction of a millisecond. */
const BLOCK = 256;

type Rank = (schedule: LiveSchedule) => number;
type Condition = (schedule: LiveSchedule) => boolean;

/**
 * Pages of the schedules. Only those of a page become statuses; the order by key is kept until schedules come, go or
 * are declared anew. Any other order changes with every run, and is found anew for each page.
 */
export class SchedulePages {
  readonly #clock: Clock;
  readonly #schedules: OperatedSchedules;
  readonly #longWork: InTurn;
  readonly #order: KeyOrder;
  readonly #shared: SharedWork<SchedulePage>;

  constructor(clock: Clock, schedules: OperatedSchedules, longWork: InTurn) {
    this.#clock = clock;
    this.#schedules = schedules;
    this.#longWork = longWork;
    this.#order = new KeyOrder(clock, schedules);
    this.#shared = new SharedWork(longWork);
  }

  page(query: ScheduleQuery): Promise<SchedulePage> {
    return this.#shared.do(JSON.stringify(query), () => this.#page(query));
  }

  /** Sorts the schedules, so that the first page need not wait for that. */
  async prepare(): Promise<void> {
    await this.#longWork.do(() => this.#order.byKey());
  }

  async #page(query: ScheduleQuery): Promise<SchedulePage> {
    const { sort = 'key', offset = 0, limit = 100 } = query;
    const slicer = new Slicer(this.#clock);
    const matching = await this.#matching(query, slicer);
    const rankOf = this.#rankBy(sort);
    const bounds = { from: offset, until: offset + limit };
    const page =
      rankOf === null
        ? matching.slice(bounds.from, bounds.until)
        : await pageByRank(matching, rankOf, { ...bounds, slicer });
    return { total: matching.length, offset, schedules: await this.#statuses(page, slicer) };
  }

  async #matching(query: ScheduleQuery, slicer: Slicer): Promise<readonly LiveSchedule[]> {
    const { search = '' } = query;
    const byKey = await this.#order.byKey();
    const found = search === '' ? byKey.all : await byKey.search(search, slicer);
    const conditions = this.#conditions(query);
    if (conditions.length === 0) return found;
    const matching: LiveSchedule[] = [];
    for (let from = 0; from < found.length; from += BLOCK) {
      for (const schedule of found.slice(from, from + BLOCK)) {
        if (conditions.every((isMet) => isMet(schedule))) matching.push(schedule);
      }
      await slicer.pause();
    }
    return matching;
  }

  #conditions({ states, plugin, tenantId, onlyProblems = false }: ScheduleQuery): Condition[] {
    const schedules = this.#schedules;
    const conditions: Condition[] = [];
    if (plugin !== undefined) conditions.push(({ definition }) => definition.identity.plugin === plugin);
    if (tenantId !== undefined) conditions.push(({ definition }) => definition.identity.tenantId === tenantId);
    if (states !== undefined) conditions.push((schedule) => states.includes(schedules.stateOf(schedule)));
    if (onlyProblems) {
      const troubleOf = troubleFinder(schedules);
      conditions.push((schedule) => troubleOf(schedule) !== null);
    }
    return conditions;
  }

  #rankBy(sort: ScheduleSort): Rank | null {
    switch (sort) {
      case 'key':
        return null;
      case 'next':
        return nextAtMs;
      case 'last':
        return ({ state: { lastRun } }) => -(lastRun?.finishedAtMs ?? Number.NEGATIVE_INFINITY);
      case 'problem': {
        const troubleOf = troubleFinder(this.#schedules);
        return (schedule) => {
          const trouble = troubleOf(schedule);
          return trouble === null ? 0 : SEVERITY[trouble];
        };
      }
    }
  }

  async #statuses(schedules: readonly LiveSchedule[], slicer: Slicer): Promise<ScheduleStatus[]> {
    const statuses: ScheduleStatus[] = [];
    for (const schedule of schedules) {
      statuses.push(this.#schedules.statusOf(schedule));
      await slicer.pause();
    }
    return statuses;
  }
}

/** When it falls due, with its jitter: the timetable knows that of all that it has queued. */
function nextAtMs(schedule: LiveSchedule): number {
  if (!isActive(schedule)) return Number.POSITIVE_INFINITY;
  if (schedule.heapIndex >= 0) return schedule.dueAtMs;
  return schedule.definition.recurrence.next(schedule.position.cursorMs);
}
