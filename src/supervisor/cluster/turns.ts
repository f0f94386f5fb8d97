/**
 * When this node tries for an occurrence that any node may have: in the order that the nodes at work have for it, and for a moment
 * only with room to run it soon. So work spreads by what each node can do, and mostly one of them asks.
 */

import type { RunPool } from '../ports/run-pool.ts';
import type { LiveSchedule } from '../schedules/registry.ts';
import { Capacity } from './capacity.ts';
import type { Cluster } from './cluster.ts';

/** How often a node without room looks again, and for how long it holds back. */
const LOOK_MS = 100;
const HOLD_BACK_MS = 500;

export class Turns {
  readonly #cluster: Cluster;
  readonly #capacity: Capacity;

  constructor(cluster: Cluster, pool: RunPool) {
    this.#cluster = cluster;
    this.#capacity = new Capacity(pool);
  }

  /** To be told how long each run had its thread. */
  worked(durationMs: number): void {
    this.#capacity.ended(durationMs);
  }

  /**
   * How much longer what is due is left to others; 0: it is to be tried now, or to be told as an overlap.
   * @param state Of the schedule's machine.
   */
  waitMs(schedule: LiveSchedule, nowMs: number, { state, liveCount }: Busyness): number {
    const { definition, cursorMs, owed, retryAtMs } = schedule;
    if (definition.locking === 'node-local') return 0;
    // One that runs here is this node's to account for; one that is being locked is most likely another's, and one that began
    // late because others were let go first is not to be held against the next.
    if (state !== 'idle' && state !== 'locking' && !schedule.isLateByTurn) return 0;
    if (retryAtMs > nowMs) return retryAtMs - nowMs;
    if (this.#cluster.nodeIds.length <= 1 || owed !== null) return 0;
    const scheduledAtMs = definition.recurrence.next(cursorMs);
    const dueAtMs = definition.recurrence.dueAt(scheduledAtMs);
    const turnAtMs = dueAtMs + this.#cluster.turnDelayMs(definition.key, scheduledAtMs, dueAtMs);
    if (turnAtMs > nowMs) return turnAtMs - nowMs;
    const isHeldBack = state !== 'idle' || !this.#capacity.hasRoom(liveCount);
    return isHeldBack && nowMs - turnAtMs < HOLD_BACK_MS ? LOOK_MS : 0;
  }
}

/** What a node has at hand. */
export interface Busyness {
  readonly state: string;
  readonly liveCount: number;
}
