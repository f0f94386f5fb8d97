import type { SchedulePage, ScheduleQuery } from '../operator-reports.ts';
import type { Clock } from '../ports/clock.ts';
import { Slicer } from '../ports/slicer.ts';
import type { ScheduleStatus } from '../scheduler-reports.ts';
import { isActive, type LiveSchedule } from '../schedules/live-schedule.ts';
import type { OperatedSchedules } from './operated-node.ts';
import { type Trouble, troubleOf } from './problems.ts';
import { firstByRank, sortedInSlices } from './sorting.ts';

/** The worst first. */
const SEVERITY: Readonly<Record<Trouble, number>> = { quarantined: -4, faulted: -3, silent: -2, failing: -1 };

/** What means something in a regular expression. */
const SYNTAX = /[\\^$.*+?()[\]{}|/]/g;

type Rank = (schedule: LiveSchedule) => number;

/**
 * Pages of the schedules. Only those of a page become statuses; the order by key is kept until schedules come or go.
 */
export class SchedulePages {
  readonly #clock: Clock;
  readonly #schedules: OperatedSchedules;
  #ordered: { readonly revision: number; readonly all: Promise<readonly LiveSchedule[]> } | null = null;

  constructor(clock: Clock, schedules: OperatedSchedules) {
    this.#clock = clock;
    this.#schedules = schedules;
  }

  async page(query: ScheduleQuery): Promise<SchedulePage> {
    const { sort = 'key', offset = 0, limit = 100 } = query;
    const slicer = new Slicer(this.#clock);
    const matching = await this.#matching(query, slicer);
    const rankOf = this.#rankBy(sort);
    const end = offset + limit;
    const first = rankOf === null ? matching : await firstByRank(matching, rankOf, { count: end, slicer });
    return { total: matching.length, offset, schedules: await this.#statuses(first.slice(offset, end), slicer) };
  }

  /** All, in the order of their keys. */
  byKey(): Promise<readonly LiveSchedule[]> {
    const { revision } = this.#schedules;
    if (this.#ordered?.revision !== revision) {
      const all = sortedInSlices(this.#schedules.all(), compareKeys, new Slicer(this.#clock));
      this.#ordered = { revision, all };
    }
    return this.#ordered.all;
  }

  async #matching(query: ScheduleQuery, slicer: Slicer): Promise<readonly LiveSchedule[]> {
    const all = await this.byKey();
    const conditions = this.#conditions(query);
    if (conditions.length === 0) return all;
    const matching: LiveSchedule[] = [];
    for (const schedule of all) {
      if (conditions.every((isMet) => isMet(schedule))) matching.push(schedule);
      if (slicer.step()) await slicer.pause();
    }
    return matching;
  }

  #conditions(query: ScheduleQuery): ((schedule: LiveSchedule) => boolean)[] {
    const { search = '', states, plugin, tenantId, onlyProblems = false } = query;
    const schedules = this.#schedules;
    const part = new RegExp(search.replaceAll(SYNTAX, '\\$&'), 'iu');
    const isNamed = (text: string | undefined): boolean => text !== undefined && part.test(text);
    return [
      ...(search === ''
        ? []
        : [({ definition: d }: LiveSchedule) => isNamed(d.key) || isNamed(d.declared.description)]),
      ...(plugin === undefined ? [] : [({ definition }: LiveSchedule) => definition.identity.plugin === plugin]),
      ...(tenantId === undefined ? [] : [({ definition }: LiveSchedule) => definition.identity.tenantId === tenantId]),
      ...(states === undefined ? [] : [(schedule: LiveSchedule) => states.includes(schedules.stateOf(schedule))]),
      ...(onlyProblems ? [(schedule: LiveSchedule) => troubleOf(schedule, schedules) !== null] : []),
    ];
  }

  #rankBy(sort: NonNullable<ScheduleQuery['sort']>): Rank | null {
    switch (sort) {
      case 'key':
        return null;
      case 'next':
        return nextAtMs;
      case 'last':
        return ({ state: { lastRun } }) => -(lastRun?.finishedAtMs ?? Number.NEGATIVE_INFINITY);
      case 'problem':
        return (schedule) => {
          const trouble = troubleOf(schedule, this.#schedules);
          return trouble === null ? 0 : SEVERITY[trouble];
        };
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

function compareKeys({ definition: a }: LiveSchedule, { definition: b }: LiveSchedule): number {
  if (a.key === b.key) return 0;
  return a.key < b.key ? -1 : 1;
}
