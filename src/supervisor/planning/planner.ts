import { planOverlaps } from '../../machines/missed-runs/overlaps.ts';
import { type PassPlan, planPass } from '../../machines/missed-runs/plan-pass.ts';
import type { LiveSchedule } from '../schedules/live-schedule.ts';
import type { CatchUps } from './catch-ups.ts';
import { executedFor, leftToRunUntil } from './overlaps.ts';
import type { TimetableParts } from './timetable-parts.ts';

/** An occurrence that was left to other nodes for longer than this is missed like any other that nobody ran. */
const MAX_WAIT_MS = 2_000;

/** How often overlaps are counted that are not recorded one by one. */
const COUNT_MS = 100;
/** How often to look whether a run is claimed, when a lock or a store takes longer than the period of its schedule. */
const CLAIM_LOOK_MS = 50;

export interface PlannerParts extends Pick<TimetableParts, 'actors' | 'turns' | 'plans'> {
  readonly catchUps: CatchUps;
}

/** Plans what is due, unless that has to wait: for the run at hand, for other nodes, or as a catch-up. */
export class Planner {
  readonly #parts: PlannerParts;
  /** The node gives its work away: what falls due is left to others, except beside a run of this node. */
  isDraining = false;

  constructor(parts: PlannerParts) {
    this.#parts = parts;
  }

  /**
   * Plans a schedule that a tick has collected. Returns when it is to be planned next, epoch milliseconds. Null: when
   * what follows its position is due. Infinity: when it has come to rest, or is called; or never, by a node that is draining.
   */
  planDue(schedule: LiveSchedule): number | null {
    const { actors, turns, plans, catchUps } = this.#parts;
    const nowMs = schedule.collectedAt.wallMs;
    const isCalled = catchUps.answered(schedule);
    if (this.isDraining && !actors.isLive(schedule.definition.key)) return Number.POSITIVE_INFINITY;
    try {
      const leftUntilMs = leftToRunUntil(schedule, actors);
      if (leftUntilMs !== null) return leftUntilMs > nowMs ? leftTo(schedule, leftUntilMs) : this.#overlap(schedule);
      const countAtMs = this.#countLater(schedule);
      if (countAtMs !== null) return leftTo(schedule, countAtMs);
      const waitMs = turns === null ? 0 : turns.waitMs(schedule, schedule.collectedAt, actors);
      if (waitMs > 0) {
        schedule.waitsSince ??= schedule.collectedAt;
        return nowMs + waitMs;
      }
      const plan = planOf(schedule);
      const heldUntilMs = this.#heldUntil(schedule, plan, isCalled);
      if (heldUntilMs !== null) return heldUntilMs;
      catchUps.leave(schedule);
      schedule.executed = null;
      schedule.isBehind = plan.isBehind;
      if (!plan.isBehind) schedule.catchUpAtMs = null;
      plans.carryOut(schedule, plan);
      return plan.isBehind ? Number.POSITIVE_INFINITY : null;
    } catch (error) {
      plans.faulted(schedule, error);
      return Number.POSITIVE_INFINITY;
    }
  }

  /** The run at hand has ended. What fell due beside it and is not counted yet is counted now. */
  ended(schedule: LiveSchedule, nowMs: number): void {
    if (schedule.isCountedLater && schedule.rest === 'idle') this.#countOverlaps(schedule, nowMs);
    schedule.isCountedLater = false;
  }

  /**
   * When to count what falls due beside the run at hand, epoch milliseconds; null: one by one. With a period of a few
   * milliseconds, to record each overlap by itself would cost more than the runs. In a cluster other nodes ask.
   */
  #countLater(schedule: LiveSchedule): number | null {
    const { actors, turns } = this.#parts;
    const { definition, position, collectedAt } = schedule;
    const { key, missed, recurrence } = definition;
    const isEligible = turns === null && missed.policy !== 'run-all' && position.owed === undefined;
    if (!isEligible || !actors.isLive(key) || actors.isAcquiring(key)) return null;
    const nowMs = collectedAt.wallMs;
    if (schedule.isCountedLater) this.#countOverlaps(schedule, nowMs);
    else if (recurrence.dueAt(recurrence.next(nowMs)) >= nowMs + COUNT_MS) return null;
    schedule.isCountedLater = true;
    return nowMs + COUNT_MS;
  }

  #countOverlaps(schedule: LiveSchedule, nowMs: number): void {
    const { definition, position, backlog, isBehind } = schedule;
    const { cursorMs } = position;
    const executed = { fromMs: Number.NEGATIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY };
    const at = { cursorMs, nowMs, owed: null, backlog: null, executed };
    const skipped = planOverlaps(definition.recurrence, definition.missed, at);
    if (skipped.length > 0) this.#parts.plans.carryOut(schedule, { skipped, backlog, isBehind });
  }

  /** Until when a run that is planned waits, epoch milliseconds; null: it does not. */
  #heldUntil(schedule: LiveSchedule, { run }: PassPlan, isCalled: boolean): number | null {
    if (run === undefined) return null;
    const { actors } = this.#parts;
    const { key } = schedule.definition;
    if (actors.isLive(key)) {
      // What was missed can wait for a run that is under way: it is planned when the schedule has come to rest.
      if (run.trigger === 'catch-up') return Number.POSITIVE_INFINITY;
      // It is an overlap if the run at hand runs, which is not known while that is still to be claimed.
      return actors.isAcquiring(key) ? leftTo(schedule, schedule.collectedAt.wallMs + CLAIM_LOOK_MS) : null;
    }
    return isCalled ? null : this.#parts.catchUps.waitUntil(schedule, run, schedule.collectedAt.wallMs);
  }

  /** Records what fell due while the run at hand executed, as far as that is known for certain. */
  #overlap(schedule: LiveSchedule): number | null {
    const { definition, position, backlog, isBehind, collectedAt } = schedule;
    const { cursorMs, owed = null } = position;
    const nowMs = collectedAt.wallMs;
    const at = { cursorMs, nowMs, owed, backlog, isBehind, executed: executedFor(nowMs) };
    const skipped = planOverlaps(definition.recurrence, definition.missed, at);
    if (skipped.length === 0) return Number.POSITIVE_INFINITY;
    this.#parts.plans.carryOut(schedule, { skipped, backlog, isBehind });
    return null;
  }
}

/** Once the run at hand has ended, the schedule need not wait until then. */
function leftTo(schedule: LiveSchedule, untilMs: number): number {
  schedule.isLeftToRun = untilMs !== Number.POSITIVE_INFINITY;
  return untilMs;
}

function planOf(schedule: LiveSchedule): PassPlan {
  const { definition, position, waitsSince, collectedAt, backlog, state, executed, isBehind } = schedule;
  const { cursorMs, owed = null } = position;
  const waitedMs = waitsSince === null ? 0 : collectedAt.monotonicMs - waitsSince.monotonicMs;
  const turnDelayMs = Math.min(waitedMs, MAX_WAIT_MS);
  const { repeat } = state;
  const at = { cursorMs, nowMs: collectedAt.wallMs, owed, backlog, turnDelayMs, executed, isBehind, repeat };
  return planPass(definition.recurrence, definition.missed, at);
}
