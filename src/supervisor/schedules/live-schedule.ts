/**
 * One schedule of this node. What is known of it is `state`, as its store has it, and only `fold` changes that.
 *
 * Planning runs ahead of it: a tick has to look for what comes next while the occurrence before is still being claimed.
 * How far that went is `position`. When the state has caught up, or when the store refuses what was planned, planning
 * goes on from the state again.
 */
import { passOf } from '../../machines/position/repeat.ts';
import type { Repositioning } from '../../machines/position/repositioning.ts';
import type { PlanBasis } from '../../machines/run.ts';
import type { RunDraft, ScheduleEntry } from '../../machines/schedule-entries.ts';
import { fold, type ScheduleState } from '../../machines/schedule-state.ts';
import type { MissedRunPolicy } from '../../plugin.ts';
import type { ScheduleDefinition } from './definition.ts';
import { type LiveSchedule, RestingSchedule } from './resting-schedule.ts';

export type { LiveSchedule } from './resting-schedule.ts';

/** A schedule at rest, which stands where its state says. */
export function liveSchedule(definition: ScheduleDefinition, state: ScheduleState): LiveSchedule {
  return new RestingSchedule(definition, state);
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

/** What decides whether a lost run is made up for. */
export interface RecoveryTerms {
  readonly policy: MissedRunPolicy;
  /** Since when the schedule has been as it is, epoch milliseconds: nothing makes up for what was due before. */
  readonly countsFromMs: number;
}

export function recoveryTermsOf({ definition, countsFromMs }: LiveSchedule): RecoveryTerms {
  return { policy: definition.missed.policy, countsFromMs };
}

/** The same of a schedule that no plugin of this node declares, as it was declared last. */
export function storedRecoveryTerms({ declared, createdAtMs }: ScheduleState): RecoveryTerms {
  return { policy: declared.missedRunPolicy, countsFromMs: createdAtMs };
}

/**
 * Whether another run has to make up for one that was claimed, and has not ended or never began. `skip` promises at most
 * one start; `run-once` one run that makes up for a lost one, and none for that, if it began; `run-all` at least one run
 * that was not lost. What was triggered by hand is the operator's to trigger again.
 */
export function mustBeMadeUpFor(
  { policy, countsFromMs }: RecoveryTerms,
  draft: RunDraft,
  { mayHaveBegun }: { readonly mayHaveBegun: boolean },
): boolean {
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
  assign(schedule, state);
}

/**
 * The store that nodes share says how the schedule stands. A state that is behind what this node has written was read
 * before that write, so planning does not go back to it, unless another node has set the schedule back. Returns whether
 * planning now goes on from somewhere else.
 */
export function follow(schedule: LiveSchedule, state: ScheduleState): boolean {
  const { cursorMs, owed } = schedule.position;
  const begunPasses = passUnderWay(state) - passUnderWay(schedule.state);
  if (begunPasses < 0) return false;
  const isBehind = begunPasses === 0 && state.cursorMs < cursorMs;
  const isSettled = schedule.position === schedule.state;
  const isLevel = begunPasses > 0 || (isSettled ? !isBehind : isReached(state, schedule.position));
  const isCountedAnew = assign(schedule, state);
  if (!isLevel) return isCountedAnew;
  if (begunPasses > 0) schedule.backlog = null;
  schedule.position = state;
  return isCountedAnew || state.cursorMs !== cursorMs || state.owed?.runId !== owed?.runId;
}

/**
 * The same when the store has another history than before, where an operator or a clock may not have set the schedule
 * back.
 */
export function adopt(schedule: LiveSchedule, state: ScheduleState): boolean {
  if (passUnderWay(state) >= passUnderWay(schedule.state)) return follow(schedule, state);
  assign(schedule, state);
  schedule.position = state;
  schedule.backlog = null;
  return true;
}

/** Marks an occurrence that comes again: see `machines/position/repeat.ts`. */
export function passFields({ state }: LiveSchedule, scheduledAtMs: number): { readonly pass?: number } {
  const pass = passOf(state.repeat, scheduledAtMs);
  return pass === undefined ? {} : { pass };
}

/**
 * Says to a recurrence that is counted from when its schedule began when that was. Call it when the schedule has another
 * definition.
 */
export function anchor({ definition, state, startMs }: LiveSchedule): void {
  definition.recurrence.anchorAt?.({ createdAtMs: state.createdAtMs, startMs });
}

/** The schedule begins: what falls due once after each start falls due as soon as it is planned. */
export function begin(schedule: LiveSchedule, nowMs: number): void {
  if (schedule.definition.recurrence.isCountedFromStart !== true) return;
  schedule.startMs = Math.floor(Math.max(nowMs, schedule.position.cursorMs)) + 1;
  anchor(schedule);
}

/** The schedule goes on as in an earlier supervisor thread: its start there is due unless the cursor has passed it. */
export function takeOverStart(schedule: LiveSchedule, startMs: number | null): void {
  schedule.startMs = startMs;
  anchor(schedule);
}

/**
 * The clock was set, so that the schedule goes on from somewhere else. A start is not a time of the clock: what ran for it
 * does not run again, and what did not falls due by the time that the clock shows now.
 */
export function keepStart(schedule: LiveSchedule, { how, fromMs, cursorMs }: Repositioning): void {
  if (schedule.startMs === null || how === 'placed') return;
  schedule.startMs = schedule.startMs <= fromMs ? null : Math.floor(cursorMs) + 1;
  anchor(schedule);
}

/**
 * Nothing makes up for what was due before the schedule was created, as far as that was known then. Returns whether its
 * occurrences are others now, because they are counted from when it was created.
 */
function assign(schedule: LiveSchedule, state: ScheduleState): boolean {
  const { countsFromMs } = schedule;
  const isCreatedThen = state.createdAtMs === schedule.state.createdAtMs;
  schedule.state = state;
  if (!isCreatedThen) anchor(schedule);
  if (schedule.countsFromMs !== countsFromMs) schedule.countsFromMs = countsFromMs;
  return !isCreatedThen && schedule.definition.recurrence.isCountedFromStart === true;
}

function passUnderWay({ repeat }: ScheduleState): number {
  return repeat?.pass ?? 1;
}

/** Whether a state is where planning is, or beyond. A run that is still owed there may be planned already. */
function isReached({ cursorMs, owed }: ScheduleState, position: PlanBasis): boolean {
  if (cursorMs !== position.cursorMs) return cursorMs > position.cursorMs;
  return owed === undefined || owed.runId === position.owed?.runId;
}
