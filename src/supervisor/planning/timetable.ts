/**
 * Which schedule falls due when. Every schedule that can fall due has one entry in the queue, for its next occurrence.
 * A tick takes what is due and plans it in the order of a tick: the plan goes to the engine, and then the schedule is
 * queued for what comes next.
 *
 * While a schedule under `run-all` is behind it is not queued: what is due is planned when it has come to rest, so that a
 * backlog is worked off back to back and nothing of it counts as an overlap. It is behind, too, when something falls due
 * while its run waits for a lock, a thread or its module. Only a run that executes is overlapped.
 */

import { IndexedHeap } from '../../machines/collections/indexed-heap.ts';
import type { PlanBasis } from '../../machines/run.ts';
import type { Instant } from '../ports/clock.ts';
import { Slicer } from '../ports/slicer.ts';
import { isActive, type LiveSchedule } from '../schedules/live-schedule.ts';
import { CatchUps } from './catch-ups.ts';
import { DueBatches } from './due-batches.ts';
import { Planner } from './planner.ts';
import { TickClock } from './tick-clock.ts';
import { inTickOrder } from './tick-order.ts';
import type { TimetableParts } from './timetable-parts.ts';

/** How long a schedule is left alone when another node is working on it. */
const RETRY_MS = 500;

export class Timetable {
  readonly #parts: TimetableParts;
  readonly #queue = new IndexedHeap<LiveSchedule>((a, b) => a.dueAtMs < b.dueAtMs);
  readonly #tickClock: TickClock;
  readonly #catchUps: CatchUps;
  readonly #planner: Planner;
  readonly #collected = new DueBatches();
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
        slept: (forMs) => listener.slept?.(forMs),
        jumped: (byMs) => {
          this.#replanWaiting();
          listener.jumped(byMs);
        },
      },
    });
    this.#catchUps = new CatchUps({ ...parts, call: (schedule) => this.plan(schedule) });
    this.#planner = new Planner({ ...parts, catchUps: this.#catchUps });
  }

  get queuedCount(): number {
    return this.#queue.size;
  }

  get nextDueAtMs(): number | null {
    const dueAtMs = this.#queue.first?.dueAtMs ?? Number.POSITIVE_INFINITY;
    // What does not fall due any more is queued as well: it may be moved back.
    return dueAtMs === Number.POSITIVE_INFINITY ? null : dueAtMs;
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

  /** Nothing begins any more. What falls due beside a run of this node is still an overlap. */
  drain(): void {
    this.#planner.isDraining = true;
    this.#catchUps.clear();
  }

  /** Nothing falls due any more. The clock goes on waking up, so that others see that the thread is alive. */
  hold(): void {
    this.#isRunning = false;
    this.#collected.clear();
    this.#catchUps.clear();
    this.#expectNext();
  }

  close(): void {
    this.hold();
    this.#tickClock.stop();
  }

  /** Queues the schedule for what follows its position, or takes it out if it is not active. */
  plan(schedule: LiveSchedule): void {
    schedule.waitsSince = null;
    schedule.isLeftToRun = false;
    if (!isActive(schedule)) {
      this.remove(schedule);
      return;
    }
    this.#queueNext(schedule);
    this.#expectNext();
  }

  /** Its run has ended, and nothing is planned any more. */
  ended(schedule: LiveSchedule): void {
    if (schedule.isCountedLater) this.#planner.ended(schedule, this.#parts.clock.nowMs());
  }

  /** The schedule has come to rest. One that is queued goes on by itself, unless it waits for just that. */
  rested(schedule: LiveSchedule): void {
    this.ended(schedule);
    if (!this.isQueued(schedule) || schedule.isLeftToRun) this.plan(schedule);
    this.#catchUps.callNext();
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
    this.#catchUps.leave(schedule);
    schedule.catchUpAtMs = null;
    this.#expectNext();
  }

  isQueued(schedule: LiveSchedule): boolean {
    return schedule.heapIndex !== -1;
  }

  /** Whether it is queued, waits for room in the pool, or a tick has it in hand; or need not be planned any more. */
  isKnown(schedule: LiveSchedule): boolean {
    const { isDraining } = this.#planner;
    return this.isQueued(schedule) || this.#catchUps.isWaiting(schedule) || this.isWorking || isDraining;
  }

  tick(at: Instant): number {
    const due: LiveSchedule[] = [];
    const queue = this.#queue;
    while (queue.first !== undefined && queue.first.dueAtMs <= at.wallMs) due.push(queue.takeFirst() as LiveSchedule);
    for (const schedule of due) schedule.collectedAt = at;
    this.#collected.add(due.length > 1 ? inTickOrder(due) : due);
    if (!this.isWorking) void this.#work();
    return (this.#isRunning ? queue.first?.dueAtMs : undefined) ?? Number.POSITIVE_INFINITY;
  }

  /** Plans what was collected. Long work is cut into slices, so that messages and later ticks get their turn. */
  async #work(): Promise<void> {
    this.isWorking = true;
    const slicer = this.#collected.size > 1 ? new Slicer(this.#parts.clock) : null;
    for (let next = this.#collected.take(); next !== undefined; next = this.#collected.take()) {
      this.#planDue(next);
      if (slicer?.isUsedUp === true) {
        this.#expectNext();
        await slicer.pause();
      }
    }
    this.isWorking = false;
    if (slicer !== null) this.#expectNext();
  }

  /** Plans what is due of a schedule, and queues the schedule for what comes next. */
  #planDue(schedule: LiveSchedule): void {
    // Between the tick and its turn in the batch it may have been paused or removed.
    if (!this.#isRunning || schedule.rest !== 'idle' || !schedule.definition.isEnabled) return;
    const untilMs = this.#planner.planDue(schedule);
    if (untilMs === null) this.#queueNext(schedule);
    else this.#queueFor(schedule, untilMs);
  }

  /** Queues the schedule for an instant; not at all for Infinity, when somebody else says when it goes on. */
  #queueFor(schedule: LiveSchedule, untilMs: number): void {
    if (untilMs === Number.POSITIVE_INFINITY) return;
    schedule.dueAtMs = untilMs;
    this.#queue.put(schedule);
  }

  /** Until when a schedule waits for its turn, or for its jitter, was computed by a time that no longer counts. */
  #replanWaiting(): void {
    for (const schedule of this.#queue.all()) {
      if (schedule.waitsSince === null && schedule.catchUpAtMs === null) continue;
      schedule.catchUpAtMs = null;
      this.plan(schedule);
    }
  }

  #queueNext(schedule: LiveSchedule): void {
    schedule.waitsSince = null;
    schedule.isLeftToRun = false;
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
