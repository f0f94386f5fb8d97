/**
 * One schedule of this node. What is known of it is `state`, as its store has it, and only `fold` changes that.
 *
 * Planning runs ahead of it: a tick has to look for what comes next while the occurrence before is still being claimed.
 * How far that went is `position`. When the state has caught up, or when the store refuses what was planned, planning
 * goes on from the state again.
 */
import type { HeapEntry } from '../../machines/indexed-heap.ts';
import type { Backlog, ExecutedSpan } from '../../machines/missed-runs/due-plan.ts';
import { passOf } from '../../machines/position/repeat.ts';
import type { PlanBasis } from '../../machines/run.ts';
import type { RunDraft, ScheduleEntry } from '../../machines/schedule-entries.ts';
import type { RestingState } from '../../machines/schedule-events.ts';
import { fold, type ScheduleState } from '../../machines/schedule-state.ts';
import type { Instant } from '../ports/clock.ts';
import type { ScheduleDefinition } from './definition.ts';

/** What a schedule is doing is not here but in its machine. */
export interface LiveSchedule extends HeapEntry {
  definition: ScheduleDefinition;
  /** What is known of it. Only `learn` and `follow` of this file assign it. */
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
  /** When its last run executed, if it has not been planned since. */
  executed: ExecutedSpan | null;
  /** Since when it has been as it is, epoch milliseconds: nothing makes up for what was due before. */
  countsFromMs: number;
  /** Whether the nodes of a cluster have it in common, through their store. */
  isShared: boolean;
  /** Another node is working on it: this one does not try before then, monotonic milliseconds. */
  retryAtMs: number;
}

const NEVER: Instant = Object.freeze({ wallMs: 0, monotonicMs: 0 });

/** A schedule at rest, which stands where its state says. */
export function liveSchedule(definition: ScheduleDefinition, state: ScheduleState): LiveSchedule {
  return {
    definition,
    state,
    position: state,
    rest: state.pause === undefined ? 'idle' : 'paused',
    faultReason: null,
    dueAtMs: 0,
    heapIndex: -1,
    collectedAt: NEVER,
    waitsSince: null,
    isLateByTurn: false,
    backlog: null,
    catchUpAtMs: null,
    isBehind: false,
    isLeftToRun: false,
    executed: null,
    countsFromMs: state.createdAtMs,
    isShared: false,
    retryAtMs: 0,
  };
}

/** Whether it may fall due: it is not disabled, paused, faulted or removed, and will not be after the run at hand. */
export function isActive({ definition, rest }: LiveSchedule): boolean {
  return definition.isEnabled && rest === 'idle';
}

/** How long it is until the schedule falls due again; 0 when that cannot be computed. */
export function untilNextMs({ definition, position }: LiveSchedule, nowMs: number): number {
  const { recurrence } = definition;
  try {
    return recurrence.dueAt(recurrence.next(position.cursorMs)) - nowMs;
  } catch {
    return 0;
  }
}

/** How long its last run took; undefined when it is not known to have run. */
export function lastRunMs({ state: { lastRun } }: LiveSchedule): number | undefined {
  return lastRun?.startedAtMs === undefined ? undefined : lastRun.finishedAtMs - lastRun.startedAtMs;
}

/** The ground on which something is written; undefined where no other node could have moved the schedule. */
export function basisOf({ isShared, position }: LiveSchedule): PlanBasis | undefined {
  if (!isShared) return undefined;
  const { cursorMs, owed } = position;
  return { cursorMs, ...(owed && { owed }) };
}

/**
 * Whether another run has to make up for one that was claimed, and has not ended or never began. `skip` promises at most
 * one start; `run-once` one run that makes up for a lost one, and none for that, if it began; `run-all` at least one run
 * that was not lost. What was triggered by hand is the operator's to trigger again.
 */
export function mustBeMadeUpFor(
  { definition, countsFromMs }: LiveSchedule,
  draft: RunDraft,
  { mayHaveBegun }: { readonly mayHaveBegun: boolean },
): boolean {
  const { policy } = definition.missed;
  if (draft.scheduledAtMs <= countsFromMs) return false;
  if (draft.trigger === 'manual' || policy === 'skip') return false;
  return policy === 'run-all' || !mayHaveBegun || draft.recoveryOf === undefined;
}

/** Something happened to the schedule, and is written or about to be. */
export function learn(schedule: LiveSchedule, entry: ScheduleEntry): void {
  const state = fold(schedule.state, entry);
  // A schedule that is forgotten leaves the registry.
  if (state === undefined) return;
  const { position } = schedule;
  const isMovedBack = passUnderWay(state) > passUnderWay(schedule.state);
  const isPassed = state.cursorMs >= position.cursorMs && state.owed === undefined;
  if (isPassed || isMovedBack || position === schedule.state || isReached(state, position)) schedule.position = state;
  schedule.state = state;
}

/**
 * The store that nodes share says how the schedule stands. A state that is behind what this node has written was read
 * before that write, so planning does not go back to it, unless another node has set the schedule back. Returns whether planning now goes on from somewhere else.
 */
export function follow(schedule: LiveSchedule, state: ScheduleState): boolean {
  const { cursorMs, owed } = schedule.position;
  const begunPasses = passUnderWay(state) - passUnderWay(schedule.state);
  if (begunPasses < 0) return false;
  const isBehind = begunPasses === 0 && state.cursorMs < cursorMs;
  const isSettled = schedule.position === schedule.state;
  const isLevel = begunPasses > 0 || (isSettled ? !isBehind : isReached(state, schedule.position));
  schedule.state = state;
  if (!isLevel) return false;
  if (begunPasses > 0) schedule.backlog = null;
  schedule.position = state;
  return state.cursorMs !== cursorMs || state.owed?.runId !== owed?.runId;
}

/**
 * The same when the store has another history than before, where an operator or a clock may not have set the schedule
 * back.
 */
export function adopt(schedule: LiveSchedule, state: ScheduleState): boolean {
  if (passUnderWay(state) >= passUnderWay(schedule.state)) return follow(schedule, state);
  schedule.state = state;
  schedule.position = state;
  schedule.backlog = null;
  return true;
}

/** Marks an occurrence that comes again: see `machines/position/repeat.ts`. */
export function passFields({ state }: LiveSchedule, scheduledAtMs: number): { readonly pass?: number } {
  const pass = passOf(state.repeat, scheduledAtMs);
  return pass === undefined ? {} : { pass };
}

function passUnderWay({ repeat }: ScheduleState): number {
  return repeat?.pass ?? 1;
}

/** Whether a state is where planning is, or beyond. A run that is still owed there may be planned already. */
function isReached({ cursorMs, owed }: ScheduleState, position: PlanBasis): boolean {
  if (cursorMs !== position.cursorMs) return cursorMs > position.cursorMs;
  return owed === undefined || owed.runId === position.owed?.runId;
}
