/**
 * Which schedule falls due when. Every schedule that can fall due has one entry in the queue, for its next occurrence;
 * a tick takes what is due, plans it, hands it over in the order of a tick, and only then computes what comes next.
 *
 * While a schedule under `run-all` is behind it is not queued: the following missed occurrence is planned when it
 * has come to rest, so that a backlog is worked off back to back and nothing of it counts as an overlap.
 */

import type { DuePlan, SkippedSpan } from '../../machines/missed-runs/due-plan.ts';
import { planDue } from '../../machines/missed-runs/plan-due.ts';
import type { Occurrence, PlanBasis } from '../../machines/run.ts';
import type { Clock } from '../ports/clock.ts';
import { Slicer } from '../ports/slicer.ts';
import { compareWithinTick, type LiveSchedule } from '../schedules/registry.ts';
import { DueQueue } from './due-queue.ts';
import { TickClock } from './tick-clock.ts';

/** What was left to other nodes for longer than this is missed like anything else that nobody did. */
const MAX_WAIT_MS = 2_000;

export interface TimetableListener {
  /** An occurrence is to be worked on. */
  due(schedule: LiveSchedule, occurrence: Occurrence): void;
  /** Occurrences that will not run. `basis` is where the schedule stood before, if other nodes move it as well. */
  skipped(schedule: LiveSchedule, span: SkippedSpan, basis: PlanBasis | undefined): void;
  /** The lost run that was owed is given up, and nothing else happens. */
  forgiven(schedule: LiveSchedule): void;
  /** How much longer the occurrence is left to other nodes, in milliseconds; 0 when it is to be tried now. */
  waitMs(schedule: LiveSchedule, nowMs: number): number;
  /** Whether the schedule may fall due: not disabled, paused, faulted or removed. */
  isActive(schedule: LiveSchedule): boolean;
  /** Whether it has a run at hand. */
  isBusy(schedule: LiveSchedule): boolean;
  /** Its next occurrence cannot be computed. */
  faulted(schedule: LiveSchedule, error: unknown): void;
  /** Whether no schedule has a run at hand. */
  isQuiet(): boolean;
  ticked(dueCount: number): void;
  woke(): void;
  jumped(byMs: number): void;
}

export class Timetable {
  readonly #clock: Clock;
  readonly #listener: TimetableListener;
  readonly #queue = new DueQueue<LiveSchedule>();
  readonly #tickClock: TickClock;
  /** Taken from the queue by a tick and not yet handed over, because its slice was used up. */
  #collected: LiveSchedule[] = [];
  #isWorking = false;
  #isRunning = false;

  constructor(clock: Clock, listener: TimetableListener) {
    this.#clock = clock;
    this.#listener = listener;
    this.#tickClock = new TickClock(clock, {
      nextDueAtMs: () => (this.#isRunning ? this.#queue.nextDueAtMs : Number.POSITIVE_INFINITY),
      isQuiet: () => !this.#isWorking && listener.isQuiet(),
      ticked: (nowMs) => this.#tick(nowMs),
      woke: () => listener.woke(),
      jumped: (byMs) => listener.jumped(byMs),
    });
  }

  get queuedCount(): number {
    return this.#queue.size;
  }

  get nextDueAtMs(): number | null {
    return this.#queue.size === 0 ? null : this.#queue.nextDueAtMs;
  }

  start(): void {
    this.#isRunning = true;
    this.#tickClock.start();
  }

  /** Nothing falls due any more. The clock goes on waking up, so that others see that the thread is alive. */
  hold(): void {
    this.#isRunning = false;
    this.#collected = [];
  }

  close(): void {
    this.hold();
    this.#tickClock.stop();
  }

  /** Queues the schedule for what follows its cursor, or takes it out if it is not active. */
  plan(schedule: LiveSchedule): void {
    schedule.waitsSince = null;
    if (!this.#listener.isActive(schedule)) {
      this.remove(schedule);
      return;
    }
    try {
      const { recurrence } = schedule.definition;
      const nextDueAtMs = recurrence.dueAt(recurrence.next(schedule.cursorMs));
      // What is owed has been due for long.
      this.#queue.set(schedule, Math.min(nextDueAtMs, schedule.owed?.scheduledAtMs ?? nextDueAtMs));
      this.#tickClock.hurry();
    } catch (error) {
      this.remove(schedule);
      this.#listener.faulted(schedule, error);
    }
  }

  remove(schedule: LiveSchedule): void {
    this.#queue.remove(schedule);
  }

  isQueued(schedule: LiveSchedule): boolean {
    return schedule.heapIndex !== -1;
  }

  /** Whether it is queued, or a tick has it in hand. */
  isKnown(schedule: LiveSchedule): boolean {
    return this.isQueued(schedule) || this.#isWorking;
  }

  #tick(nowMs: number): void {
    const due = this.#queue.takeDue(nowMs).sort(compareWithinTick);
    const collectedAt = { wallMs: nowMs, monotonicMs: this.#clock.monotonicMs() };
    for (const schedule of due) schedule.collectedAt = collectedAt;
    this.#listener.ticked(due.length);
    this.#collected.push(...due);
    if (!this.#isWorking) void this.#work();
  }

  /** First everything is handed over, then everything is planned anew: no start waits for a computation. */
  async #work(): Promise<void> {
    this.#isWorking = true;
    const slicer = new Slicer(this.#clock);
    while (this.#collected.length > 0 && this.#isRunning) {
      const batch = this.#collected;
      this.#collected = [];
      const handled: LiveSchedule[] = [];
      for (const schedule of batch) {
        if (this.#handOver(schedule)) handled.push(schedule);
        await slicer.pause();
      }
      for (const schedule of handled) {
        if (this.#isRunning) this.plan(schedule);
        await slicer.pause();
      }
    }
    this.#isWorking = false;
  }

  /** Returns whether the schedule is to be planned anew at once. */
  #handOver(schedule: LiveSchedule): boolean {
    // Between the tick and its turn in the batch it may have been paused or removed.
    if (!this.#isRunning || !this.#listener.isActive(schedule)) return false;
    const { recurrence, missed } = schedule.definition;
    const { cursorMs, collectedAt, owed, backlog } = schedule;
    const nowMs = collectedAt.wallMs;
    try {
      const waitMs = this.#listener.waitMs(schedule, nowMs);
      if (waitMs > 0) {
        this.#wait(schedule, nowMs + waitMs);
        return false;
      }
      const turnDelayMs = Math.min(nowMs - (schedule.waitsSince?.wallMs ?? nowMs), MAX_WAIT_MS);
      const plan = planDue(recurrence, missed, { cursorMs, nowMs, owed, backlog, turnDelayMs });
      // What was missed can wait for a run that is under way: it is planned again when the schedule has come to rest.
      if (plan.run?.trigger === 'catch-up' && this.#listener.isBusy(schedule)) return false;
      this.#carryOut(schedule, plan);
      return !plan.isBehind;
    } catch (error) {
      this.#listener.faulted(schedule, error);
      return false;
    }
  }

  #wait(schedule: LiveSchedule, untilMs: number): void {
    schedule.waitsSince ??= schedule.collectedAt;
    this.#queue.set(schedule, untilMs);
    this.#tickClock.hurry();
  }

  /** Each step moves the schedule as its entry will in the store: see `fold`. */
  #carryOut(schedule: LiveSchedule, { run, skipped, backlog, isOwedSettled }: DuePlan): void {
    schedule.backlog = backlog;
    for (const span of skipped) {
      const basis = basisOf(schedule);
      schedule.cursorMs = span.untilMs;
      schedule.dueCount += span.count;
      if (span.outcome === 'missed-skipped') schedule.owed = null;
      this.#listener.skipped(schedule, span, basis);
    }
    if (run !== undefined) {
      const basis = basisOf(schedule);
      // A lost run that is made good lies before the cursor.
      schedule.cursorMs = Math.max(schedule.cursorMs, run.scheduledAtMs);
      schedule.owed = null;
      schedule.dueCount += 1;
      if (!this.#listener.isBusy(schedule)) schedule.isLateByTurn = schedule.waitsSince !== null;
      this.#listener.due(schedule, { ...run, ...(basis && { basis }) });
    } else if (isOwedSettled && schedule.owed !== null) {
      schedule.owed = null;
      this.#listener.forgiven(schedule);
    }
  }
}

/** Where a schedule stands, for what is written on that ground; undefined where no other node moves it. */
export function basisOf({ isShared, cursorMs, owed }: LiveSchedule): PlanBasis | undefined {
  return isShared ? { cursorMs, ...(owed && { owed }) } : undefined;
}
