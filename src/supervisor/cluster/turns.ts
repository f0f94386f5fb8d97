/**
 * When this node tries for an occurrence that any node may run. Nodes go in an order that each of them computes alike,
 * and for a moment a node tries only if it has room to run the occurrence soon. So work spreads by what each node can
 * do, and mostly one of them asks.
 */
import type { TurnOrder } from '../planning/timetable-parts.ts';
import type { Instant } from '../ports/clock.ts';
import type { ScheduleActors } from '../schedules/actor.ts';
import type { LiveSchedule } from '../schedules/live-schedule.ts';
import type { Capacity } from './capacity.ts';
import type { Cluster } from './cluster.ts';

/** How often a node without room looks again, and for how long it holds back. */
const LOOK_MS = 100;
const HOLD_BACK_MS = 500;

export class Turns implements TurnOrder {
  readonly #cluster: Cluster;
  readonly #capacity: Capacity;

  constructor(cluster: Cluster, capacity: Capacity) {
    this.#cluster = cluster;
    this.#capacity = capacity;
  }

  waitMs(schedule: LiveSchedule, { wallMs: nowMs, monotonicMs }: Instant, actors: ScheduleActors): number {
    const { definition } = schedule;
    // In whole milliseconds: a tiny rest would be lost in the due time, and the schedule would be due again at once.
    const retryInMs = Math.ceil(schedule.retryAtMs - monotonicMs);
    if (retryInMs > 0) return retryInMs;
    if (definition.locking === 'node-local' || this.#cluster.isAloneWith(definition.key)) return 0;
    const state = actors.stateOf(schedule);
    // An overlap with our own run is ours to record, so it does not wait. But a schedule that is being locked most
    // likely runs elsewhere, and a run that began late because others went first must not count against the next.
    if (state !== 'idle' && state !== 'locking' && !schedule.isLateByTurn) return 0;
    const { cursorMs, owed } = schedule.position;
    if (owed !== undefined) return 0;
    const scheduledAtMs = definition.recurrence.next(cursorMs);
    const dueAtMs = definition.recurrence.dueAt(scheduledAtMs);
    const turnAtMs = dueAtMs + this.#cluster.turnDelayMs(definition.key, scheduledAtMs, dueAtMs);
    if (turnAtMs > nowMs) return turnAtMs - nowMs;
    const isHeldBack = state !== 'idle' || !this.#capacity.hasRoom(definition, actors.liveCount);
    return isHeldBack && nowMs - turnAtMs < HOLD_BACK_MS ? LOOK_MS : 0;
  }
}
