/**
 * Which schedule falls due when. Every schedule that can fall due has one entry in the queue, for its next occurrence.
 * A tick takes what is due and plans it in the order of a tick: the plan goes to the engine, and then the schedule is
 * queued for what comes next.
 *
 * While a schedule under `run-all` is behind it is not queued: the following missed occurrence is planned when it has
 * come to rest, so that a backlog is worked off back to back and nothing of it counts as an overlap.
 */

import { IndexedHeap } from '../../machines/indexed-heap.ts';
import { type PassPlan, planPass } from '../../machines/missed-runs/plan-pass.ts';
import type { PlanBasis } from '../../machines/run.ts';
import type { Clock, Instant } from '../ports/clock.ts';
import { Slicer } from '../ports/slicer.ts';
import type { ScheduleActors } from '../schedules/actor.ts';
import { isActive, type LiveSchedule } from '../schedules/live-schedule.ts';
import { TickClock, type TickClockListener } from './tick-clock.ts';
import { compareWithinTick } from './tick-order.ts';

/** An occurrence that was left to other nodes for longer than this is missed like any other that nobody ran. */
const MAX_WAIT_MS = 2_000;
/** How long a schedule is left alone when another node is working on it. */
const RETRY_MS = 500;

/** Decides whether other nodes go first. */
export interface TurnOrder {
  /** How much longer a due occurrence is left to other nodes. 0: try it now, or record it as an overlap. */
  waitMs(schedule: LiveSchedule, at: Instant, actors: ScheduleActors): number;
}

/** Carries plans out. */
export interface PlanTaker {
  carryOut(schedule: LiveSchedule, plan: PassPlan): void;
  /** Its next occurrence cannot be computed. */
  faulted(schedule: LiveSchedule, error: unknown): void;
}

export interface TimetableParts {
  readonly clock: Clock;
  readonly actors: ScheduleActors;
  /** Null for a node that shares nothing. */
  readonly turns: TurnOrder | null;
  readonly plans: PlanTaker;
  readonly listener: TickClockListener;
}

export class Timetable {
  readonly #parts: TimetableParts;
  readonly #queue = new IndexedHeap<LiveSchedule>((a, b) => a.dueAtMs < b.dueAtMs);
  readonly #tickClock: TickClock;
  /** Collected by ticks and not yet planned, because the slice of a turn was used up. */
  #collected: LiveSchedule[] = [];
  isWorking = false;
  #isRunning = false;

  constructor(parts: TimetableParts) {
    this.#parts = parts;
    const { listener } = parts;
    this.#tickClock = new TickClock({
      ...parts,
      ticked: this,
      listener: {
        woke: (at) => listener.woke(at),
        jumped: (byMs) => {
          this.#replanWaiting();
          listener.jumped(byMs);
        },
      },
    });
  }

  get queuedCount(): number {
    return this.#queue.size;
  }

  get nextDueAtMs(): number | null {
    return this.#queue.first?.dueAtMs ?? null;
  }

  /** Since the clock was started. */
  get counts(): { readonly ticks: number; readonly wakeUps: number; readonly jumps: number } {
    const { tickCount, wakeUpCount, jumpCount } = this.#tickClock;
    return { ticks: tickCount, wakeUps: wakeUpCount, jumps: jumpCount };
  }

  start(): void {
    this.#isRunning = true;
    this.#expectNext();
    this.#tickClock.start();
  }

  /** Nothing falls due any more. The clock goes on waking up, so that others see that the thread is alive. */
  hold(): void {
    this.#isRunning = false;
    this.#collected = [];
    this.#expectNext();
  }

  close(): void {
    this.hold();
    this.#tickClock.stop();
  }

  /** Queues the schedule for what follows its position, or takes it out if it is not active. */
  plan(schedule: LiveSchedule): void {
    schedule.waitsSince = null;
    if (isActive(schedule)) this.#queueNext(schedule);
    else this.#queue.remove(schedule);
    this.#expectNext();
  }

  /**
   * Another node was first, so what was planned does not count. It is planned again from what is known, a moment later.
   * @param ground What the plan stood on, when nothing of it was written: planning does not go back behind that.
   */
  retract(schedule: LiveSchedule, ground?: PlanBasis): void {
    const { state } = schedule;
    schedule.position = ground !== undefined && state.cursorMs < ground.cursorMs ? ground : state;
    schedule.backlog = null;
    schedule.retryAtMs = this.#parts.clock.monotonicMs() + RETRY_MS;
    if (this.isQueued(schedule)) this.plan(schedule);
  }

  remove(schedule: LiveSchedule): void {
    this.#queue.remove(schedule);
    this.#expectNext();
  }

  isQueued(schedule: LiveSchedule): boolean {
    return schedule.heapIndex !== -1;
  }

  /** Whether it is queued, or a tick has it in hand. */
  isKnown(schedule: LiveSchedule): boolean {
    return this.isQueued(schedule) || this.isWorking;
  }

  tick(at: Instant): number {
    const due: LiveSchedule[] = [];
    const queue = this.#queue;
    while (queue.first !== undefined && queue.first.dueAtMs <= at.wallMs) due.push(queue.takeFirst() as LiveSchedule);
    if (due.length > 1) due.sort(compareWithinTick);
    for (const schedule of due) schedule.collectedAt = at;
    this.#collected = this.#collected.length === 0 ? due : this.#collected.concat(due);
    if (!this.isWorking) void this.#work();
    return (this.#isRunning ? queue.first?.dueAtMs : undefined) ?? Number.POSITIVE_INFINITY;
  }

  /** Plans what was collected. Long work is cut into slices, so that messages and later ticks get their turn. */
  async #work(): Promise<void> {
    this.isWorking = true;
    const slicer = this.#collected.length > 1 ? new Slicer(this.#parts.clock) : null;
    while (this.#collected.length > 0 && this.#isRunning) {
      const batch = this.#collected;
      this.#collected = [];
      for (const schedule of batch) {
        // Nothing in between can have paused or removed it, so it is still active.
        if (this.#planDue(schedule)) this.#queueNext(schedule);
        if (slicer?.isUsedUp === true) {
          this.#expectNext();
          await slicer.pause();
        }
      }
    }
    this.isWorking = false;
    if (slicer !== null) this.#expectNext();
  }

  /** Returns whether the schedule is to be queued again at once. */
  #planDue(schedule: LiveSchedule): boolean {
    const { actors, turns, plans } = this.#parts;
    // Between the tick and its turn in the batch it may have been paused or removed.
    if (!this.#isRunning || schedule.rest !== 'idle' || !schedule.definition.isEnabled) return false;
    const nowMs = schedule.collectedAt.wallMs;
    try {
      const waitMs = turns === null ? 0 : turns.waitMs(schedule, schedule.collectedAt, actors);
      if (waitMs > 0) {
        schedule.waitsSince ??= schedule.collectedAt;
        schedule.dueAtMs = nowMs + waitMs;
        this.#queue.put(schedule);
        return false;
      }
      const { recurrence, missed, key } = schedule.definition;
      const { cursorMs, owed = null } = schedule.position;
      const { waitsSince, collectedAt, backlog, state } = schedule;
      const turnDelayMs = Math.min(
        waitsSince === null ? 0 : collectedAt.monotonicMs - waitsSince.monotonicMs,
        MAX_WAIT_MS,
      );
      const at = { cursorMs, nowMs, owed, backlog, turnDelayMs, repeat: state.repeat };
      const plan = planPass(recurrence, missed, at);
      // What was missed can wait for a run that is under way: it is planned when the schedule has come to rest.
      if (plan.run?.trigger === 'catch-up' && actors.isLive(key)) return false;
      plans.carryOut(schedule, plan);
      return !plan.isBehind;
    } catch (error) {
      plans.faulted(schedule, error);
      return false;
    }
  }

  /** Until when a schedule waits for its turn was computed by a time that no longer counts. */
  #replanWaiting(): void {
    for (const schedule of this.#queue.all()) if (schedule.waitsSince !== null) this.plan(schedule);
  }

  #queueNext(schedule: LiveSchedule): void {
    schedule.waitsSince = null;
    try {
      const { recurrence } = schedule.definition;
      const { cursorMs, owed } = schedule.position;
      const nextDueAtMs = recurrence.dueAt(recurrence.next(cursorMs));
      // What is owed has been due for long.
      schedule.dueAtMs = Math.min(nextDueAtMs, owed?.scheduledAtMs ?? nextDueAtMs);
      this.#queue.put(schedule);
    } catch (error) {
      this.#queue.remove(schedule);
      this.#parts.plans.faulted(schedule, error);
    }
  }

  #expectNext(): void {
    this.#tickClock.expect((this.#isRunning ? this.#queue.first?.dueAtMs : undefined) ?? Number.POSITIVE_INFINITY);
  }
}
