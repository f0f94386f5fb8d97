/**
 * What survives of one schedule, and how it changes: a fold over entries, so that every store (and every thread that keeps a
 * copy) comes to the same state from the same entries.
 *
 * The cursor never falls. A run that was lost, and whose policy wants it run again, is therefore not told by the
 * cursor but owed: named in the state until it, or something later, is claimed.
 */
import type { MissedRunPolicy } from '../plugin.ts';
import {
  type Decision,
  isFailure,
  isRunOutcome,
  type LogLine,
  type OutcomeCounts,
  type OwedRun,
  type PlanBasis,
  type RunRecord,
} from './run.ts';

/** What decides when a schedule falls due, as it was declared. Kept so that the past can be explained after a change. */
export interface DeclaredTimes {
  readonly cron: string;
  readonly timezone: string;
  readonly jitterMs: number;
  readonly missedRunPolicy: MissedRunPolicy;
  readonly isEnabled: boolean;
  /** Version of the time zone data by which it was planned. */
  readonly zoneData: string;
}

/** Why and since when a schedule is paused. Instants are epoch milliseconds. */
export interface Pause {
  readonly atMs: number;
  readonly note?: string;
  /** When it is taken up again for one run, to see whether it still fails. */
  readonly probeAtMs?: number;
}

/** What survives of one schedule. Counts are lifetime totals unless they say otherwise. */
export interface ScheduleState {
  readonly key: string;
  readonly createdAtMs: number;
  readonly declared: DeclaredTimes;
  /** The last occurrence that was settled or is being worked on; only occurrences after it can fall due. */
  readonly cursorMs: number;
  readonly owed?: OwedRun;
  readonly pause?: Pause;
  /** Runs since the scheduler started. */
  readonly runCount: number;
  /** Occurrences that fell due, manual triggers included. Equal to the sum of `outcomes` plus the run in progress. */
  readonly dueCount: number;
  readonly outcomes: OutcomeCounts;
  /** Runs that failed since one succeeded. */
  readonly failuresInRow: number;
  readonly lastRun?: RunRecord;
  /** The last run that failed by its own doing. */
  readonly lastFailure?: RunRecord;
  /** The fencing token of its last claim, where a store that nodes share gives them. */
  readonly fencing?: number;
}

/** The part of a run's record that is known when it is claimed. */
export type RunDraft = Pick<
  RunRecord,
  | 'runId'
  | 'key'
  | 'plugin'
  | 'scheduleId'
  | 'tenantId'
  | 'siteId'
  | 'nodeId'
  | 'trigger'
  | 'isCatchup'
  | 'recoveryOf'
  | 'scheduledAtMs'
  | 'dueAtMs'
>;

/** An occurrence taken to be worked on: written before its run is dispatched. */
export interface Claim {
  readonly key: string;
  readonly runId: string;
  readonly nodeId: string;
  readonly claimedAtMs: number;
  /** What the run's record will say, as far as it is known. */
  readonly draft: RunDraft;
  /** Where the schedule stood when it was planned; absent for what concerns its node alone. */
  readonly basis?: PlanBasis;
}

/** A run as it is written when it has ended. */
export interface SettledRun {
  readonly record: RunRecord;
  /** Its last log lines. */
  readonly log: readonly LogLine[];
  /** It was lost, and is to be made good. */
  readonly isOwed: boolean;
}

/** A change in a schedule's life that is neither a run nor a decision. */
export type LifeChange =
  | { readonly kind: 'paused'; readonly key: string; readonly pause: Pause }
  /** A probe keeps the count of failures, so that one more pauses it again. */
  | { readonly kind: 'resumed'; readonly key: string; readonly atMs: number; readonly isProbe: boolean }
  | { readonly kind: 'faulted'; readonly key: string; readonly atMs: number; readonly note: string }
  | { readonly kind: 'forgotten'; readonly key: string; readonly atMs: number };

/** A schedule as it was declared when it was loaded, with its cursor. */
export interface Registration {
  readonly key: string;
  readonly atMs: number;
  /** Where the cursor is to be at least: of a new schedule now, for it has missed nothing. */
  readonly cursorMs: number;
  readonly declared: DeclaredTimes;
}

/** What can happen to one schedule. */
export type ScheduleEntry =
  | { readonly kind: 'registered'; readonly registration: Registration }
  | { readonly kind: 'claimed'; readonly claim: Claim }
  | { readonly kind: 'settled'; readonly settled: SettledRun }
  | { readonly kind: 'decided'; readonly decision: Decision; readonly basis?: PlanBasis }
  | { readonly kind: 'moved'; readonly key: string; readonly cursorMs: number }
  | LifeChange;

/** One event in a schedule's life, kept to explain the past. */
export interface LifeEvent {
  readonly key: string;
  readonly atMs: number;
  readonly kind: 'registered' | 'changed' | 'enabled' | 'disabled' | 'paused' | 'resumed' | 'faulted' | 'forgotten';
  readonly note?: string;
  /** How it was declared from then on. */
  readonly declared?: DeclaredTimes;
}

/** The key of the schedule that an entry is about. */
export function keyOf(entry: ScheduleEntry): string {
  switch (entry.kind) {
    case 'registered':
      return entry.registration.key;
    case 'claimed':
      return entry.claim.key;
    case 'settled':
      return entry.settled.record.key;
    case 'decided':
      return entry.decision.key;
    default:
      return entry.key;
  }
}

/** The state after an entry; undefined when the schedule is not known (any more). */
export function fold(state: ScheduleState | undefined, entry: ScheduleEntry): ScheduleState | undefined {
  if (entry.kind === 'registered') return registered(state, entry.registration);
  // A schedule that was removed while its last run ended stays forgotten; its history is kept all the same.
  if (state === undefined) return undefined;
  switch (entry.kind) {
    case 'claimed':
      return claimed(state, entry.claim);
    case 'settled':
      return settled(state, entry.settled);
    case 'decided':
      return decided(state, entry.decision);
    case 'moved':
      return without(moved(state, entry.cursorMs), 'owed');
    case 'paused':
      return { ...state, pause: entry.pause };
    case 'resumed':
      return { ...without(state, 'pause'), failuresInRow: entry.isProbe ? state.failuresInRow : 0 };
    case 'faulted':
      return state;
    case 'forgotten':
      return undefined;
  }
}

/** Whether a claim is for an occurrence that nobody has had: it lies after the cursor, is owed, or was triggered by hand. */
export function isClaimable(state: ScheduleState | undefined, { draft }: Claim): boolean {
  if (state === undefined || draft.trigger === 'manual') return true;
  return draft.scheduledAtMs > state.cursorMs || (state.owed !== undefined && draft.recoveryOf === state.owed.runId);
}

/** The events that an entry adds to a schedule's life. `state` is what it was before the entry. */
export function lifeEvents(state: ScheduleState | undefined, entry: ScheduleEntry): readonly LifeEvent[] {
  switch (entry.kind) {
    case 'registered':
      return registrationEvents(state, entry.registration);
    case 'paused': {
      const { atMs, note } = entry.pause;
      return [{ key: entry.key, atMs, kind: 'paused', ...(note !== undefined && { note }) }];
    }
    case 'resumed':
      return [{ key: entry.key, atMs: entry.atMs, kind: 'resumed', ...(entry.isProbe && { note: 'probe' }) }];
    case 'faulted':
      return [{ key: entry.key, atMs: entry.atMs, kind: 'faulted', note: entry.note }];
    case 'forgotten':
      return state === undefined ? [] : [{ key: entry.key, atMs: entry.atMs, kind: 'forgotten' }];
    default:
      return [];
  }
}

/** Whether two declarations fall due at the same instants. */
export function isSameCalendar(a: DeclaredTimes, b: DeclaredTimes): boolean {
  return a.cron === b.cron && a.timezone === b.timezone;
}

function registered(state: ScheduleState | undefined, { key, atMs, cursorMs, declared }: Registration): ScheduleState {
  if (state !== undefined) {
    const known = isSameCalendar(state.declared, declared) ? state : without(state, 'owed');
    return { ...moved(known, cursorMs), declared };
  }
  const counts = { runCount: 0, dueCount: 0, outcomes: {}, failuresInRow: 0 };
  return { key, createdAtMs: atMs, declared, cursorMs, ...counts };
}

function registrationEvents(state: ScheduleState | undefined, registration: Registration): LifeEvent[] {
  const { key, atMs, declared } = registration;
  const events: LifeEvent[] = [];
  if (state === undefined) events.push({ key, atMs, kind: 'registered', declared });
  else if (!isSameCalendar(state.declared, declared) || state.declared.jitterMs !== declared.jitterMs)
    events.push({ key, atMs, kind: 'changed', declared });
  const wasEnabled = state?.declared.isEnabled ?? true;
  if (wasEnabled !== declared.isEnabled) events.push({ key, atMs, kind: declared.isEnabled ? 'enabled' : 'disabled' });
  return events;
}

function claimed(state: ScheduleState, { draft, basis }: Claim): ScheduleState {
  const fencing = basis === undefined ? {} : { fencing: (state.fencing ?? 0) + 1 };
  const due = { ...state, ...fencing, dueCount: state.dueCount + 1 };
  return draft.trigger === 'manual' ? due : without(moved(due, draft.scheduledAtMs), 'owed');
}

function settled(state: ScheduleState, { record, isOwed }: SettledRun): ScheduleState {
  const { runId, outcome, scheduledAtMs } = record;
  return {
    ...state,
    outcomes: { ...state.outcomes, [outcome]: (state.outcomes[outcome] ?? 0) + 1 },
    runCount: state.runCount + (isRunOutcome(outcome) ? 1 : 0),
    failuresInRow: failuresAfter(state.failuresInRow, record),
    lastRun: record,
    ...(isFailure(outcome) && { lastFailure: record }),
    ...(isOwed && { owed: { runId, scheduledAtMs } }),
  };
}

/** How many runs have failed in a row after this one; an outcome that is not the plugin's doing changes nothing. */
export function failuresAfter(failuresInRow: number, { outcome }: RunRecord): number {
  if (isFailure(outcome)) return failuresInRow + 1;
  return outcome === 'succeeded' ? 0 : failuresInRow;
}

function decided(state: ScheduleState, { outcome, count, untilMs }: Decision): ScheduleState {
  const outcomes = { ...state.outcomes, [outcome]: (state.outcomes[outcome] ?? 0) + count };
  const known = outcome === 'missed-skipped' ? without(state, 'owed') : state;
  return { ...moved(known, untilMs), dueCount: state.dueCount + count, outcomes };
}

/** A cursor never falls. */
function moved(state: ScheduleState, cursorMs: number): ScheduleState {
  return cursorMs > state.cursorMs ? { ...state, cursorMs } : state;
}

function without<K extends 'owed' | 'pause'>(state: ScheduleState, field: K): ScheduleState {
  if (state[field] === undefined) return state;
  const { [field]: _, ...rest } = state;
  return rest as ScheduleState;
}
