import type { Decision, RunRecord } from '../run.ts';
import type { Claim } from '../schedule-entries.ts';
import type { LifeEvent } from '../schedule-life.ts';
import type { ScheduleState } from '../schedule-state.ts';
import type { SessionSpan } from '../session.ts';

/** All that a store knows about one occurrence of one schedule. */
export interface OccurrenceFacts {
  /** Absent if the schedule is not known, or was removed. */
  readonly state?: ScheduleState;
  /** Runs of the schedule that are under way. */
  readonly claims: readonly Claim[];
  /** Runs for this occurrence, newest first. */
  readonly records: readonly RunRecord[];
  /** The run that made up for a lost one among them. */
  readonly recovery?: RunRecord;
  /** A run of an earlier occurrence that was still under way at this one. */
  readonly around?: RunRecord;
  /** The newest decision whose span includes the occurrence. */
  readonly decision?: Decision;
  /** Events in the schedule's life, newest first. */
  readonly life: readonly LifeEvent[];
  /** In the order of their start. */
  readonly sessions: readonly SessionSpan[];
}
