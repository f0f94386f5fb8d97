import type { HeapEntry } from '../../machines/collections/indexed-heap.ts';
import type { Backlog, ExecutedSpan } from '../../machines/missed-runs/due-plan.ts';
import type { PlanBasis } from '../../machines/run.ts';
import type { RestingState } from '../../machines/schedule-events.ts';
import type { ScheduleState } from '../../machines/schedule-state.ts';
import type { Instant } from '../ports/clock.ts';
import type { ScheduleDefinition } from './definition.ts';

/** What a schedule is doing is not here but in its machine. */
export interface LiveSchedule extends HeapEntry {
  definition: ScheduleDefinition;
  /** What is known of it. Only `learn`, `follow` and `adopt` of `live-schedule.ts` assign it. */
  state: ScheduleState;
  /** Where planning goes on: `state` itself, unless this node has planned beyond it. */
  position: PlanBasis;
  /** Where it rests, or will rest once the run at hand is over. Only its actor assigns it. */
  rest: RestingState;
  faultReason: string | null;
  /** When it falls due next, epoch milliseconds, while it is queued. Only the timetable writes it. */
  dueAtMs: number;
  /** When a tick last collected it, by both clocks. */
  collectedAt: Instant;
  /** When a tick collected the occurrence that it lets other nodes try first, while it does. */
  waitsSince: Instant | null;
  /** The run at hand began late because its occurrence was left to other nodes first. */
  isLateByTurn: boolean;
  /** The pass of `run-all` that is under way. */
  backlog: Backlog | null;
  /** When what it has missed is to be made up for, epoch milliseconds; null: nothing is known to be missed. */
  catchUpAtMs: number | null;
  /** What falls due beside the run at hand follows it: see `NextRun`. Only the timetable writes it. */
  isBehind: boolean;
  /** Under `run-all`: it is queued only in case that the run at hand does not end. Only the timetable writes it. */
  isLeftToRun: boolean;
  /** What falls due beside the run at hand is counted together, a little later. Only the planner writes it. */
  isCountedLater: boolean;
  /** When its last run executed, if it has not been planned since. */
  executed: ExecutedSpan | null;
  /** Since when it has been as it is, epoch milliseconds: nothing makes up for what was due before. */
  countsFromMs: number;
  /** When its present start falls or fell due, epoch milliseconds, if it runs once after each; null: it does not run. */
  startMs: number | null;
  /** Whether the nodes of a cluster have it in common, through their store. */
  isShared: boolean;
  /** Another node is working on it: this one does not try before then, monotonic milliseconds. */
  retryAtMs: number;
}

const NEVER: Instant = Object.freeze({ wallMs: 0, monotonicMs: 0 });

/** What is worth noting only of a schedule that has been due, or whose life was not plain. */
class Notes {
  faultReason: string | null = null;
  collectedAt: Instant = NEVER;
  waitsSince: Instant | null = null;
  isLateByTurn = false;
  backlog: Backlog | null = null;
  catchUpAtMs: number | null = null;
  isBehind = false;
  isLeftToRun = false;
  isCountedLater = false;
  executed: ExecutedSpan | null = null;
  /** Null: since it was created. */
  countsFromMs: number | null = null;
  startMs: number | null = null;
  retryAtMs = 0;
}

/** What the notes of all schedules say that have none. */
const NO_NOTES: Readonly<Notes> = Object.freeze(new Notes());

/**
 * A schedule that comes into being at rest. Most schedules of a large node are at rest for days, so that a schedule has
 * notes only from when there is something to note: a note that says what was so anyway makes none.
 */
export class RestingSchedule implements LiveSchedule {
  definition: ScheduleDefinition;
  state: ScheduleState;
  position: PlanBasis;
  rest: RestingState;
  dueAtMs = 0;
  heapIndex = -1;
  isShared = false;
  #notes: Readonly<Notes> = NO_NOTES;

  constructor(definition: ScheduleDefinition, state: ScheduleState) {
    this.definition = definition;
    this.state = state;
    this.position = state;
    this.rest = state.pause === undefined ? 'idle' : 'paused';
  }

  get faultReason(): string | null {
    return this.#notes.faultReason;
  }

  set faultReason(reason: string | null) {
    if (reason !== this.#notes.faultReason) RestingSchedule.#note(this).faultReason = reason;
  }

  get collectedAt(): Instant {
    return this.#notes.collectedAt;
  }

  set collectedAt(at: Instant) {
    RestingSchedule.#note(this).collectedAt = at;
  }

  get waitsSince(): Instant | null {
    return this.#notes.waitsSince;
  }

  set waitsSince(at: Instant | null) {
    if (at !== this.#notes.waitsSince) RestingSchedule.#note(this).waitsSince = at;
  }

  get isLateByTurn(): boolean {
    return this.#notes.isLateByTurn;
  }

  set isLateByTurn(isLate: boolean) {
    if (isLate !== this.#notes.isLateByTurn) RestingSchedule.#note(this).isLateByTurn = isLate;
  }

  get backlog(): Backlog | null {
    return this.#notes.backlog;
  }

  set backlog(backlog: Backlog | null) {
    if (backlog !== this.#notes.backlog) RestingSchedule.#note(this).backlog = backlog;
  }

  get catchUpAtMs(): number | null {
    return this.#notes.catchUpAtMs;
  }

  set catchUpAtMs(atMs: number | null) {
    if (atMs !== this.#notes.catchUpAtMs) RestingSchedule.#note(this).catchUpAtMs = atMs;
  }

  get isBehind(): boolean {
    return this.#notes.isBehind;
  }

  set isBehind(isBehind: boolean) {
    if (isBehind !== this.#notes.isBehind) RestingSchedule.#note(this).isBehind = isBehind;
  }

  get isLeftToRun(): boolean {
    return this.#notes.isLeftToRun;
  }

  set isLeftToRun(isLeft: boolean) {
    if (isLeft !== this.#notes.isLeftToRun) RestingSchedule.#note(this).isLeftToRun = isLeft;
  }

  get isCountedLater(): boolean {
    return this.#notes.isCountedLater;
  }

  set isCountedLater(isLater: boolean) {
    if (isLater !== this.#notes.isCountedLater) RestingSchedule.#note(this).isCountedLater = isLater;
  }

  get executed(): ExecutedSpan | null {
    return this.#notes.executed;
  }

  set executed(span: ExecutedSpan | null) {
    if (span !== this.#notes.executed) RestingSchedule.#note(this).executed = span;
  }

  get countsFromMs(): number {
    return this.#notes.countsFromMs ?? this.state.createdAtMs;
  }

  set countsFromMs(fromMs: number) {
    if (fromMs !== this.countsFromMs) RestingSchedule.#note(this).countsFromMs = fromMs;
  }

  get startMs(): number | null {
    return this.#notes.startMs;
  }

  set startMs(atMs: number | null) {
    if (atMs !== this.#notes.startMs) RestingSchedule.#note(this).startMs = atMs;
  }

  get retryAtMs(): number {
    return this.#notes.retryAtMs;
  }

  set retryAtMs(atMs: number) {
    if (atMs !== this.#notes.retryAtMs) RestingSchedule.#note(this).retryAtMs = atMs;
  }

  /** Static, because a private method of instances would take a field in each of them. */
  static #note(schedule: RestingSchedule): Notes {
    if (schedule.#notes === NO_NOTES) schedule.#notes = new Notes();
    return schedule.#notes as Notes;
  }
}
