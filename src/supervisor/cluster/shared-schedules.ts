/**
 * Keeps this node's schedules in step with the store that it shares with others. What this node writes it believes at once; what others
 * write it hears of, and when something of its own is refused, it goes back to what it last heard.
 */
import type { PlanBasis } from '../../machines/run.ts';
import type { ScheduleState } from '../../machines/schedule-state.ts';
import type { Pauses } from '../pausing/pauses.ts';
import type { Timetable } from '../planning/timetable.ts';
import type { Clock } from '../ports/clock.ts';
import type { LiveSchedule, ScheduleDefinition } from '../schedules/registry.ts';
import { NodeLease } from './node-lease.ts';

/** How long a schedule is left alone that another node has at hand. */
const RETRY_MS = 500;

export interface SharedSchedulesPorts {
  readonly clock: Clock;
  readonly timetable: Timetable;
  readonly pauses: Pauses;
  readonly find: (key: string) => LiveSchedule | undefined;
  readonly isStoreShared: boolean;
  /** This node may not be known as at work any more: see `NodeLease`. */
  readonly onExpired: () => void;
}

export class SharedSchedules {
  readonly #ports: SharedSchedulesPorts;
  readonly #lease: NodeLease;

  constructor(ports: SharedSchedulesPorts) {
    this.#ports = ports;
    this.#lease = new NodeLease(ports.clock, ports.isStoreShared, ports.onExpired);
  }

  /** Whether nodes have a schedule in common. */
  includes({ locking }: ScheduleDefinition): boolean {
    return this.#ports.isStoreShared && locking !== 'node-local';
  }

  /** This node is known as at work until then, monotonic milliseconds. */
  trust(untilMs: number): void {
    this.#lease.extend(untilMs);
  }

  isNodeTrusted(): boolean {
    return this.#lease.isTrusted();
  }

  close(): void {
    this.#lease.close();
  }

  /** How schedules stand in the store. */
  observe(states: readonly ScheduleState[]): void {
    for (const state of states) {
      const schedule = this.#ports.find(state.key);
      if (schedule?.isShared === true) this.#follow(schedule, state);
    }
  }

  /** Something about the schedule that this node wrote was refused by the store, which has told how the schedule stands. */
  refused(schedule: LiveSchedule): void {
    this.#goBack(schedule, schedule.known ?? schedule);
  }

  /** Another node holds the lock of the schedule, so that nothing was written on the ground of `basis`. */
  contended(schedule: LiveSchedule, basis: PlanBasis): void {
    const { known } = schedule;
    this.#goBack(schedule, known !== null && known.cursorMs >= basis.cursorMs ? known : basis);
  }

  #goBack(schedule: LiveSchedule, { cursorMs, owed }: PlanBasis | LiveSchedule): void {
    const { clock, timetable } = this.#ports;
    schedule.cursorMs = cursorMs;
    schedule.owed = owed ?? null;
    schedule.backlog = null;
    schedule.retryAtMs = clock.nowMs() + RETRY_MS;
    if (schedule.known !== null) count(schedule, schedule.known);
    if (timetable.isQueued(schedule)) timetable.plan(schedule);
  }

  /** A cursor that is behind ours was read before ours was written; if it stands, ours is refused, and then it counts. */
  #follow(schedule: LiveSchedule, state: ScheduleState): void {
    const owed = state.owed ?? null;
    schedule.known = state;
    count(schedule, state);
    this.#ports.pauses.observed(schedule, state.pause ?? null);
    if (state.cursorMs < schedule.cursorMs) return;
    const isMoved = state.cursorMs > schedule.cursorMs || owed?.runId !== schedule.owed?.runId;
    if (!isMoved) return;
    schedule.cursorMs = state.cursorMs;
    schedule.owed = owed;
    schedule.retryAtMs = 0;
    if (this.#ports.timetable.isQueued(schedule)) this.#ports.timetable.plan(schedule);
  }
}

/** What is counted is counted for all nodes. */
function count(schedule: LiveSchedule, state: ScheduleState): void {
  schedule.dueCount = state.dueCount;
  schedule.runCount = state.runCount;
  schedule.outcomes = { ...state.outcomes };
  schedule.failuresInRow = state.failuresInRow;
  schedule.lastRun = state.lastRun ?? null;
  schedule.lastFailure = state.lastFailure ?? null;
}
