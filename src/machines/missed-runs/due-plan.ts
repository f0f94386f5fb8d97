/**
 * The vocabulary for planning missed runs. An occurrence is missed when it is found too late, because nothing was
 * ticking: `missed-after.ts` says how late that is. (A run that is still executing is something else: an overlap.)
 */
import type { MissedRunPolicy } from '../../plugin.ts';
import type { Anchors } from '../calendar/anchors.ts';
import type { DecisionReason, Occurrence, OwedRun } from '../run.ts';

/** One schedule's sequence of occurrences, as functions: the planner knows no calendar. */
export interface Recurrence {
  /** The first occurrence after `fromMs`. Infinity if there is no more. */
  next(fromMs: number): number;
  /** The last occurrence in (sinceMs, atMs]. */
  previous(atMs: number, sinceMs: number): number | undefined;
  /** How many occurrences lie in (afterMs, untilMs]. */
  count(afterMs: number, untilMs: number): number;
  /** When an occurrence is to start: itself plus its jitter, and always before the following occurrence. */
  dueAt(occurrenceMs: number): number;
  /** It does not fall due again when the clock goes through an hour a second time. */
  readonly isFixedTime: boolean;
  /** It is counted from when its schedule began, which `anchorAt` says, and serves no other schedule. Default false. */
  readonly isCountedFromStart?: boolean;
  anchorAt?(anchors: Anchors): void;
}

/** What a schedule wants done with missed occurrences. */
export interface MissedRunRules {
  readonly policy: MissedRunPolicy;
  /** How many missed occurrences of one gap are made up for, the newest of them. Infinity: all. */
  readonly maxCatchup: number;
  /** How old a missed occurrence may be to be made up for. Infinity: any age. */
  readonly maxLateMs: number;
  /** How late an occurrence may be found and still be an ordinary run. Absent: see `missedAfterMs()`. */
  readonly missedAfterMs?: number;
}

/** Where a schedule stands when it is planned. */
export interface DueSituation {
  readonly cursorMs: number;
  readonly nowMs: number;
  readonly owed: OwedRun | null;
  readonly backlog: Backlog | null;
  /** How long the node let other nodes try first. What is late only for that reason is not missed. Default 0. */
  readonly turnDelayMs?: number;
  /** When the last run of the schedule executed, if it was not planned since. Default null. */
  readonly executed?: ExecutedSpan | null;
  /** What fell due beside that run follows it: see `NextRun`. Default false. */
  readonly isBehind?: boolean;
}

/** From the call of `run()` until its thread was free, epoch milliseconds. Infinity: until now. */
export interface ExecutedSpan {
  readonly fromMs: number;
  readonly untilMs: number;
}

/**
 * One pass of `run-all` over what was missed up to `untilMs`. What falls due during a pass makes up the next pass, if
 * that one begins less late than `lateMs`. If not, runs take longer than their period, and what is late counts as
 * overlap.
 */
export interface Backlog {
  readonly untilMs: number;
  /**
   * How late the first occurrence of the pass was when the pass began, plus the time in which nothing executed since
   * then: what is late because runs wait for a lock, a thread or a disk says nothing about how long they take.
   */
  readonly lateMs: number;
  /** When it was last planned, epoch milliseconds. */
  readonly plannedAtMs: number;
}

/** Occurrences that will not run. Instants are the first and the last of them. */
export interface SkippedSpan {
  readonly outcome: 'missed-skipped' | 'overlap';
  /** Absent for what fell due while a run executed. */
  readonly reason?: DecisionReason;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly count: number;
}

/** The run to start now, if any, and what it means for the next plan. */
export interface NextRun {
  readonly run?: Occurrence;
  readonly backlog: Backlog | null;
  /** Plan the next occurrence only after this run has ended: before that it would count as an overlap. */
  readonly isBehind: boolean;
}

/** What to do: record the skipped spans, oldest first, then start the run. */
export interface DuePlan extends NextRun {
  readonly skipped: readonly SkippedSpan[];
}
