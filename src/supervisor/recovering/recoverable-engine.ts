import type { ScheduleState } from '../../machines/schedule-state.ts';
import type { NodeLease } from '../cluster/node-lease.ts';
import type { SharedSchedules } from '../cluster/shared-schedules.ts';
import type { NewHistory } from '../ports/store.ts';
import type { LiveSchedule } from '../schedules/live-schedule.ts';

/** The engine, as seen by whatever brings it back in step with its store. */
export interface RecoverableEngine {
  readonly schedules: {
    find(key: string): LiveSchedule | undefined;
    /** Throws an `UnknownScheduleError`. */
    get(key: string): LiveSchedule;
    /** Registers every schedule as it is now with a store that has lost what it knew. */
    registerAll(): void;
    /** Plans a queued schedule anew: it may be due sooner than it was thought to be. */
    planIfQueued(key: string): void;
    /** Queues what could fall due and is not queued. Resolves to the keys. */
    replanForgotten(): Promise<string[]>;
  };
  readonly shared: SharedSchedules;
  /** How schedules stand that the store knows and this node does not have, by key. */
  readonly absent: Map<string, ScheduleState>;
  readonly nodeLease: NodeLease;
  historyChanged(history: NewHistory): void;
  /** The ids of the runs that are under way. */
  readonly live: { ids(): ReadonlySet<string> };
}
