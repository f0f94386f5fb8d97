/**
 * Keeps the positions of schedules in step with the clock. After a step of the clock, and when a schedule is added, it
 * looks for positions that lie ahead of the clock, and changes them by the rule of `machines/position/set-clock.ts`.
 * An operator moves a schedule here too.
 */
import type { Repositioning } from '../../machines/position/repositioning.ts';
import { repositioningFor, TOLERATED_STEP_MS } from '../../machines/position/set-clock.ts';
import type { Timetable } from '../planning/timetable.ts';
import type { Clock } from '../ports/clock.ts';
import { Slicer } from '../ports/slicer.ts';
import type { Recorder } from '../recording/recorder.ts';
import type { ScheduleActors } from '../schedules/actor.ts';
import { type LiveSchedule, learn } from '../schedules/live-schedule.ts';
import type { ScheduleRegistry } from '../schedules/registry.ts';
import { positionsAhead } from './position-warnings.ts';

export interface PositionsParts {
  readonly clock: Clock;
  readonly recorder: Recorder;
  readonly registry: ScheduleRegistry;
  readonly actors: ScheduleActors;
  readonly timetable: Timetable;
}

/** What is known when a position is looked at, beside the clock. */
interface Occasion {
  /** By how much the clock was set just now. Negative: back. */
  readonly byMs?: number;
  /** The schedule is declared with another expression or zone than before. */
  readonly isChanged?: boolean;
}

export class Positions {
  readonly #parts: PositionsParts;
  /** Positions that lay ahead of the clock when their schedules were added, until they are reported. */
  #found: Repositioning[] = [];
  #isStarted = false;

  constructor(parts: PositionsParts) {
    this.#parts = parts;
  }

  /** All schedules are added. What was found so far is reported as one warning, and later finds in their turn. */
  start(): void {
    this.#isStarted = true;
    this.#report();
  }

  /** Call it for a schedule that is added, before it is planned. */
  added(schedule: LiveSchedule, occasion: Occasion): void {
    const change = this.#changeFor(schedule, occasion);
    if (change === null) return;
    void this.#carryOut(schedule, change);
    this.#found.push(change);
    if (this.#isStarted && this.#found.length === 1) this.#parts.clock.defer(() => this.#report());
  }

  /** Call it before a schedule is resumed, triggered or declared anew. */
  look(schedule: LiveSchedule, occasion: Occasion = {}): void {
    const change = this.#changeFor(schedule, occasion);
    // That it has to wait is known since the clock was set.
    if (change !== null && change.how !== 'kept') void this.#carryOut(schedule, change);
  }

  /** The wall clock was set by `byMs`, or the process slept. Call it before anything is planned by the new time. */
  jumped(byMs: number): void {
    const nowMs = this.#parts.clock.nowMs();
    const schedules = [...this.#parts.registry.all()];
    // Until when a catch-up waits was an instant of the earlier time, also of a schedule that a run keeps from planning.
    for (const schedule of schedules) schedule.catchUpAtMs = null;
    // Planning takes them out of the timetable.
    const passedOver = byMs > TOLERATED_STEP_MS ? schedules.filter((each) => this.#isPassedOver(each, nowMs)) : [];
    void this.#follow(schedules, { byMs, passedOver: new Set(passedOver) });
  }

  /** An operator moves the schedule: the occurrences after `cursorMs` are planned anew. */
  place(schedule: LiveSchedule, cursorMs: number): Promise<void> {
    const { key } = schedule.definition;
    const atMs = this.#parts.clock.nowMs();
    return this.#carryOut(schedule, { key, atMs, how: 'placed', fromMs: plannedMs(schedule), cursorMs });
  }

  async #follow(
    schedules: readonly LiveSchedule[],
    { byMs, passedOver }: { readonly byMs: number; readonly passedOver: ReadonlySet<LiveSchedule> },
  ): Promise<void> {
    const { clock, registry } = this.#parts;
    const atMs = clock.nowMs();
    const slicer = new Slicer(clock);
    for (const schedule of schedules) {
      const { key } = schedule.definition;
      if (registry.find(key) === schedule) {
        const fromMs = plannedMs(schedule);
        const kept = { key, atMs, how: 'kept', fromMs, cursorMs: fromMs, byMs } as const;
        const change = this.#changeFor(schedule, { byMs }) ?? (passedOver.has(schedule) ? kept : null);
        if (change !== null) void this.#carryOut(schedule, change);
      }
      if (slicer.step()) await slicer.pause();
    }
  }

  /** Whether something fell due in the time over which the clock was set ahead. */
  #isPassedOver(schedule: LiveSchedule, nowMs: number): boolean {
    return this.#parts.timetable.isQueued(schedule) && schedule.dueAtMs < nowMs;
  }

  #changeFor(schedule: LiveSchedule, occasion: Occasion): Repositioning | null {
    if (schedule.rest === 'removed') return null;
    return repositioningFor(schedule.state, {
      ...occasion,
      nowMs: this.#parts.clock.nowMs(),
      plannedMs: plannedMs(schedule),
      isFixedTime: schedule.definition.recurrence.isFixedTime,
    });
  }

  /** Where other nodes have the schedule too, planning follows once the store has taken the change. Never rejects. */
  async #carryOut(schedule: LiveSchedule, change: Repositioning): Promise<void> {
    const { recorder } = this.#parts;
    const entry = { kind: 'repositioned', ...change } as const;
    if (!schedule.isShared) {
      const written = recorder.change(schedule, entry);
      this.#replan(schedule, change);
      return written;
    }
    const answer = await recorder.write(entry);
    // Another node was first, and its change is known by now.
    if (answer?.isTaken === false) return;
    learn(schedule, entry);
    this.#replan(schedule, change);
  }

  /** A run under way goes on beside the change; what follows it is planned when it has ended. */
  #replan(schedule: LiveSchedule, change: Repositioning): void {
    const { actors, clock, recorder, timetable } = this.#parts;
    const { how, atMs } = change;
    recorder.keepStart(schedule, change);
    if (how !== 'placed') schedule.countsFromMs = Math.min(schedule.countsFromMs, atMs);
    if (how === 'kept') return;
    schedule.backlog = null;
    schedule.executed = null;
    schedule.retryAtMs = 0;
    // A tick may have collected it by the earlier time.
    if (!actors.isLive(schedule.definition.key)) schedule.collectedAt = clock.read();
    if (timetable.isQueued(schedule)) timetable.plan(schedule);
  }

  #report(): void {
    const found = this.#found;
    this.#found = [];
    if (found.length > 0) this.#parts.recorder.warn(positionsAhead(found));
  }
}

/** How far planning has come, which may be ahead of what is written. */
function plannedMs({ state, position }: LiveSchedule): number {
  return Math.max(state.cursorMs, position.cursorMs);
}
