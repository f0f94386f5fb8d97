/** What can happen to one schedule, in the words in which every store keeps it. */
import type { MissedRunPolicy } from '../plugin.ts';
import type { Repositioning } from './position/repositioning.ts';
import type { Decision, LogLine, PlanBasis, RunRecord } from './run.ts';
import type { Told } from './watching/told.ts';

/**
 * What decides when a schedule falls due, as it was declared. Kept so that the past can be explained after a change.
 */
export interface DeclaredTimes {
  /** The expression, as it was declared. */
  readonly cron: string;
  /** The IANA time zone. */
  readonly timezone: string;
  /** The longest delay of an occurrence, in milliseconds. */
  readonly jitterMs: number;
  /** What happens to missed occurrences. */
  readonly missedRunPolicy: MissedRunPolicy;
  /** Whether it falls due at all. */
  readonly isEnabled: boolean;
  /** Version of the time zone data by which it was planned. */
  readonly zoneData: string;
}

/** Why and since when a schedule is paused. Instants are epoch milliseconds. */
export interface Pause {
  /** Since when, in epoch milliseconds. */
  readonly atMs: number;
  /** What the operator gave as a reason. */
  readonly note?: string;
  /** When it is taken up again for one run, to see whether it still fails. */
  readonly probeAtMs?: number;
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
  | 'pass'
  | 'traceparent'
>;

/** An occurrence taken to be worked on: written before its run is dispatched. */
export interface Claim {
  /** The key of the schedule. */
  readonly key: string;
  /** The id of the run. */
  readonly runId: string;
  /** The node that has claimed it. */
  readonly nodeId: string;
  /** When it was claimed, in epoch milliseconds. */
  readonly claimedAtMs: number;
  /** What the run's record will say, as far as it is known. */
  readonly draft: RunDraft;
  /** Where the schedule stood when it was planned; absent for what concerns its node alone. */
  readonly basis?: PlanBasis;
}

/** A run as it is written when it has ended. */
export interface SettledRun {
  /** The record of the run. */
  readonly record: RunRecord;
  /** Its last log lines. */
  readonly log: readonly LogLine[];
  /** It was lost, and another run must make up for it. */
  readonly isOwed: boolean;
  /** It ended before it was claimed, so no claim has counted its occurrence or moved the cursor past it. */
  readonly isUnclaimed?: true;
}

/** A change in a schedule's life that is neither a run nor a decision. */
export type LifeChange =
  | { readonly kind: 'paused'; readonly key: string; readonly pause: Pause }
  /** A probe keeps the count of failures, so that one more pauses it again. */
  | { readonly kind: 'resumed'; readonly key: string; readonly atMs: number; readonly isProbe: boolean }
  | { readonly kind: 'faulted'; readonly key: string; readonly atMs: number; readonly note: string }
  | { readonly kind: 'forgotten'; readonly key: string; readonly atMs: number }
  /** Nothing has succeeded for too long, as far as the writer knew: the last success that it knew of is named. */
  | { readonly kind: 'silent'; readonly key: string; readonly atMs: number; readonly lastSuccessAtMs?: number }
  /** Whoever wanted to hear how the schedule stands has been told so much, and may have been told so much more. */
  | { readonly kind: 'told'; readonly key: string; readonly told: Told; readonly mayBeTold?: Told };

/** A schedule as it was declared when it was loaded, with its cursor. */
export interface Registration {
  /** The key of the schedule. */
  readonly key: string;
  /** When it was first seen or changed, in epoch milliseconds. */
  readonly atMs: number;
  /** Where the cursor is to be at least: of a new schedule now, for it has missed nothing. */
  readonly cursorMs: number;
  /** What the plugin declares. */
  readonly declared: DeclaredTimes;
}

/** What can happen to one schedule. */
export type ScheduleEntry =
  | { readonly kind: 'registered'; readonly registration: Registration }
  | { readonly kind: 'claimed'; readonly claim: Claim }
  | { readonly kind: 'settled'; readonly settled: SettledRun }
  | { readonly kind: 'decided'; readonly decision: Decision; readonly basis?: PlanBasis }
  | { readonly kind: 'moved'; readonly key: string; readonly cursorMs: number }
  | ({ readonly kind: 'repositioned' } & Repositioning)
  | LifeChange;

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

/** Whether two declarations fall due at the same instants. */
export function isSameCalendar(a: DeclaredTimes, b: DeclaredTimes): boolean {
  return a.cron === b.cron && a.timezone === b.timezone;
}
