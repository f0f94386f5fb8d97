import type { ScheduleState } from '../../machines/schedule-state.ts';
import { ScheduleGroup } from '../../machines/turns/schedule-group.ts';
import type { OwnGroup } from '../ports/groups.ts';
import type { ScheduleDefinition } from './definition.ts';
import type { LiveSchedule } from './live-schedule.ts';

/** The schedules of this node, by key. */
export class ScheduleRegistry {
  /**
   * How schedules stand that the store knows and this node does not have, yet or any more, by key. In a store that nodes
   * share others change them meanwhile, and one that comes goes on from there.
   */
  readonly absent = new Map<string, ScheduleState>();
  readonly #schedules = new Map<string, LiveSchedule>();
  readonly #group = new ScheduleGroup();
  readonly #groupChanged: () => void;
  /** Grows when schedules come, go or are declared anew. */
  revision = 0;

  /** @param groupChanged Called when there are other schedules than before that nodes have to agree on. */
  constructor(groupChanged: () => void = () => {}) {
    this.#groupChanged = groupChanged;
  }

  /** The schedules that nodes have to agree on. */
  get group(): OwnGroup {
    const { id, size } = this.#group;
    return { id, size, keys: () => [...this.all()].flatMap(({ definition: d }) => (isAgreed(d) ? d.key : [])) };
  }

  all(): IterableIterator<LiveSchedule> {
    return this.#schedules.values();
  }

  find(key: string): LiveSchedule | undefined {
    return this.#schedules.get(key);
  }

  /** Adds a schedule whose key is free. */
  add(schedule: LiveSchedule): void {
    const { definition } = schedule;
    this.#regroup(undefined, definition);
    this.#schedules.set(definition.key, schedule);
    this.revision += 1;
  }

  /** Puts a definition with the same key in the place of the schedule's present one. */
  redefine(schedule: LiveSchedule, definition: ScheduleDefinition): void {
    this.#regroup(schedule.definition, definition);
    schedule.definition = definition;
    this.revision += 1;
  }

  /** Other nodes may still have a schedule that is shared; one of this node's own is over. */
  remove(key: string): void {
    const schedule = this.find(key);
    if (schedule?.isShared) this.absent.set(key, schedule.state);
    this.#regroup(schedule?.definition, undefined);
    this.#schedules.delete(key);
    this.revision += 1;
  }

  #regroup(before: ScheduleDefinition | undefined, after: ScheduleDefinition | undefined): void {
    const [was, is] = [before && isAgreed(before), after && isAgreed(after)];
    if ((was ?? false) === (is ?? false)) return;
    if (after !== undefined && is) this.#group.add(after.key);
    else if (before !== undefined) this.#group.remove(before.key);
    this.#groupChanged();
  }
}

function isAgreed({ locking }: ScheduleDefinition): boolean {
  return locking !== 'node-local';
}
