/**
 * What survives of one schedule, and how it changes: a fold over entries, so that every store (and every thread that
 * keeps a copy) comes to the same state from the same entries.
 *
 * The cursor falls only when the clock was set back or an operator moved the schedule: see `position/repositioning.ts`.
 * So the cursor cannot say that a lost run is to be run again. Such a run is owed: the state names it until it, or a
 * later occurrence, is claimed.
 */
import { nextToken } from './fencing.ts';
import { isOfEarlierPass, type Repeat } from './position/repeat.ts';
import { isInPass, isSetBack, type Repositioning, repeatAfter } from './position/repositioning.ts';
import { withoutFuture } from './position/without-future.ts';
import { type Decision, FAILURES, type OutcomeCounts, type OwedRun, RAN, type RunRecord } from './run.ts';
import {
  type Claim,
  type DeclaredTimes,
  isSameCalendar,
  type Pause,
  type Registration,
  type ScheduleEntry,
  type SettledRun,
} from './schedule-entries.ts';
import { NOTHING_TOLD, type Told } from './watching/told.ts';

/** What survives of one schedule. Counts are lifetime totals unless they say otherwise. */
export interface ScheduleState {
  /** The key of the schedule. */
  readonly key: string;
  /** When it was first seen, in epoch milliseconds. */
  readonly createdAtMs: number;
  /** What the plugin declares. */
  readonly declared: DeclaredTimes;
  /** The last occurrence that was settled or is being worked on; only occurrences after it can fall due. */
  readonly cursorMs: number;
  /** The occurrences that come again, since the cursor was set back. */
  readonly repeat?: Repeat;
  /** An operator has placed the cursor here, ahead of the clock. */
  readonly placedMs?: number;
  /** The run that is owed, because an earlier one was lost. */
  readonly owed?: OwedRun;
  /** Since when and why it is paused; absent when it is not. */
  readonly pause?: Pause;
  /** Runs since the scheduler started. */
  readonly runCount: number;
  /** Occurrences that fell due, manual triggers included. Equal to the sum of `outcomes` plus the run in progress. */
  readonly dueCount: number;
  /** How many ended in which way. */
  readonly outcomes: OutcomeCounts;
  /** Runs that failed since one succeeded. */
  readonly failuresInRow: number;
  /** The newest record. */
  readonly lastRun?: RunRecord;
  /** The last run that failed by its own doing. */
  readonly lastFailure?: RunRecord;
  /** When a run last succeeded. */
  readonly lastSuccessAtMs?: number;
  /** Since when silence is counted at least: it was paused or disabled before, or another node took it then. */
  readonly activeSinceMs?: number;
  /** When it was found silent: see `watching/silence.ts`. Ends with the next success, and when it is paused or disabled. */
  readonly silentSinceMs?: number;
  /** What was told of it: see `watching/notices.ts`. Absent: that nothing is wrong. */
  readonly told?: Told;
  /** What was on its way to somebody, and may have been told. Absent: nothing beyond `told`. */
  readonly mayBeTold?: Told;
  /** The fencing token of its last claim, where a store that nodes share gives them. */
  readonly fencing?: number;
}

// What `fold` was asked last, and its answer. Three variables, because an object would be one more for each entry.
let lastEntry: ScheduleEntry | null = null;
let lastState: ScheduleState | undefined;
let lastAnswer: ScheduleState | undefined;

/**
 * The state after an entry; undefined when the schedule is not known (any more). The supervisor and the store in its
 * memory fold each entry one after the other: they get the same object, so that the state of a schedule exists once.
 */
export function fold(state: ScheduleState | undefined, entry: ScheduleEntry): ScheduleState | undefined {
  if (entry === lastEntry && state === lastState) return lastAnswer;
  const answer = folded(state, entry);
  lastEntry = entry;
  lastState = state;
  lastAnswer = answer;
  return answer;
}

function folded(state: ScheduleState | undefined, entry: ScheduleEntry): ScheduleState | undefined {
  if (entry.kind === 'registered') return registered(state, entry.registration);
  // A schedule that was removed while its last run ended stays forgotten; its history is kept all the same.
  if (state === undefined) return undefined;
  switch (entry.kind) {
    case 'claimed':
      return claimed(state, entry.claim);
    case 'settled':
      return settled(state, entry.settled);
    case 'decided':
      return decided(state, entry.decision, entry.basis === undefined);
    case 'moved':
      return withoutOwed(moved(state, entry.cursorMs), entry.cursorMs);
    case 'repositioned':
      return repositioned(state, entry);
    case 'paused':
      return { ...without(state, 'silentSinceMs'), pause: entry.pause };
    case 'resumed':
      return resumed(state, entry);
    case 'silent':
      return state.silentSinceMs === undefined ? { ...state, silentSinceMs: entry.atMs } : state;
    case 'told':
      return withTold(withTold(state, 'told', entry.told), 'mayBeTold', entry.mayBeTold);
    case 'faulted':
      return state;
    case 'forgotten':
      return undefined;
  }
}

/**
 * Whether a claim is for an occurrence that nobody has run: one after the cursor, one that is owed, or a manual one.
 */
export function isClaimable(state: ScheduleState | undefined, { draft }: Claim): boolean {
  if (state === undefined || draft.trigger === 'manual') return true;
  return draft.scheduledAtMs > state.cursorMs || (state.owed !== undefined && draft.recoveryOf === state.owed.runId);
}

/**
 * Whether a schedule goes on where it was left: it then has to make up for what it missed. Under another calendar, or
 * after it was disabled, it begins anew and has missed nothing.
 */
export function isContinued({ declared: before }: ScheduleState, declared: DeclaredTimes): boolean {
  return isSameCalendar(before, declared) && before.isEnabled;
}

/** One object for all schedules that never ran: a hundred thousand of them cost nothing. */
const NO_OUTCOMES: OutcomeCounts = Object.freeze({});

function registered(state: ScheduleState | undefined, { key, atMs, cursorMs, declared }: Registration): ScheduleState {
  if (state !== undefined) {
    const known = isContinued(state, declared) ? state : without(state, 'owed');
    const watched = declared.isEnabled ? known : without(known, 'silentSinceMs');
    const isEnabledAgain = declared.isEnabled && !state.declared.isEnabled;
    return { ...moved(watched, cursorMs), declared, ...(isEnabledAgain && { activeSinceMs: atMs }) };
  }
  // Written out: what a spread adds would be kept in a second object.
  return {
    key,
    createdAtMs: atMs,
    declared,
    cursorMs,
    runCount: 0,
    dueCount: 0,
    outcomes: NO_OUTCOMES,
    failuresInRow: 0,
  };
}

function claimed(state: ScheduleState, { draft, basis, claimedAtMs }: Claim): ScheduleState {
  const { scheduledAtMs, trigger, pass } = draft;
  const isManual = trigger === 'manual';
  const stays = isManual || isOfEarlierPass(state.repeat, scheduledAtMs, pass);
  return {
    ...(isManual ? state : withoutOwed(state, scheduledAtMs)),
    cursorMs: stays ? state.cursorMs : Math.max(state.cursorMs, scheduledAtMs),
    dueCount: state.dueCount + 1,
    ...(basis !== undefined && { fencing: nextToken(state.fencing, claimedAtMs) }),
  };
}

/** A probe keeps the count of failures, and is no reason to begin to wait for a success anew. */
function resumed(state: ScheduleState, { atMs, isProbe }: Extract<ScheduleEntry, { kind: 'resumed' }>): ScheduleState {
  const active = without(state, 'pause');
  return isProbe ? { ...active } : { ...active, failuresInRow: 0, activeSinceMs: atMs };
}

function settled(state: ScheduleState, { record, isOwed, isUnclaimed }: SettledRun): ScheduleState {
  const { runId, outcome, scheduledAtMs, trigger, pass } = record;
  const hasFailed = FAILURES.has(outcome);
  const isFirstEntry = isUnclaimed === true;
  const moves = isFirstEntry && trigger !== 'manual' && !isOfEarlierPass(state.repeat, scheduledAtMs, pass);
  const hasSucceeded = outcome === 'succeeded';
  return {
    ...(hasSucceeded ? without(state, 'silentSinceMs') : state),
    cursorMs: moves ? Math.max(state.cursorMs, scheduledAtMs) : state.cursorMs,
    dueCount: state.dueCount + Number(isFirstEntry),
    outcomes: { ...state.outcomes, [outcome]: (state.outcomes[outcome] ?? 0) + 1 },
    runCount: state.runCount + Number(RAN.has(outcome)),
    // An outcome that is not the plugin's doing changes nothing.
    failuresInRow: hasSucceeded ? 0 : state.failuresInRow + Number(hasFailed),
    lastRun: record,
    ...(hasSucceeded && { lastSuccessAtMs: record.finishedAtMs }),
    ...(hasFailed && { lastFailure: record }),
    ...(isOwed && { owed: { runId, scheduledAtMs } }),
  };
}

/** @param isAlone The node does not share its schedules, so that it does not know how those that others took have ended. */
function decided(state: ScheduleState, decision: Decision, isAlone: boolean): ScheduleState {
  const { outcome, count, fromMs, untilMs, isManual, pass, atMs } = decision;
  const outcomes = { ...state.outcomes, [outcome]: (state.outcomes[outcome] ?? 0) + count };
  const known = outcome === 'missed-skipped' ? withoutOwed(state, untilMs) : state;
  const stays = isManual || isOfEarlierPass(state.repeat, fromMs, pass);
  const isTaken = outcome === 'contended' && isAlone;
  return {
    ...(stays ? known : moved(known, untilMs)),
    dueCount: state.dueCount + count,
    outcomes,
    ...(isTaken && { activeSinceMs: atMs }),
  };
}

/** The state after a change; the same state if the change is not about it. */
function repositioned(state: ScheduleState, entry: Repositioning): ScheduleState {
  if (!isInPass(state, entry)) return state;
  const { how, atMs, cursorMs } = entry;
  if (how === 'kept') return withoutFuture(state, atMs);
  const repeat = isSetBack(state, entry) ? repeatAfter(state, entry) : state.repeat;
  const { placedMs: _, owed, ...known } = how === 'placed' ? state : withoutFuture(state, atMs);
  return {
    ...known,
    cursorMs,
    ...(repeat && { repeat }),
    ...(how === 'placed' && cursorMs > atMs && { placedMs: cursorMs }),
    ...(how !== 'placed' && owed && { owed }),
  };
}

/** What is owed is settled by what becomes of an occurrence that is not before it. */
function withoutOwed(state: ScheduleState, atMs: number): ScheduleState {
  return state.owed !== undefined && state.owed.scheduledAtMs <= atMs ? without(state, 'owed') : state;
}

/** Within a pass the cursor never falls. */
function moved(state: ScheduleState, cursorMs: number): ScheduleState {
  return cursorMs > state.cursorMs ? { ...state, cursorMs } : state;
}

function withTold(state: ScheduleState, field: 'told' | 'mayBeTold', told: Told = NOTHING_TOLD): ScheduleState {
  return told.isFailing || told.isSilent ? { ...state, [field]: told } : without(state, field);
}

function without<K extends 'owed' | 'pause' | 'silentSinceMs' | 'told' | 'mayBeTold'>(
  state: ScheduleState,
  field: K,
): ScheduleState {
  if (state[field] === undefined) return state;
  const { [field]: _, ...rest } = state;
  return rest as ScheduleState;
}
