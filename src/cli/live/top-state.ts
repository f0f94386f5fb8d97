import type { HistoryRecord, SchedulerStats } from '../../index.ts';
import type {
  LiveRun,
  LiveRunDetail,
  Overview,
  ScheduleDetail,
  SchedulePage,
} from '../../supervisor/operator-reports.ts';

/** What the live screen has asked for. */
export interface TopData {
  readonly overview: Overview;
  readonly live: readonly LiveRun[];
  readonly stats: SchedulerStats;
  /** The part of the schedules around the one that is chosen. */
  readonly page: SchedulePage;
  /** What is known of the schedule that is open. */
  readonly open: OpenSchedule | null;
  /** The key of the schedule that was asked for and does not exist any more. */
  readonly gone: string | null;
}

/** A schedule in detail, with its newest runs and what the run in progress has logged. */
export interface OpenSchedule {
  readonly detail: ScheduleDetail;
  readonly runs: readonly HistoryRecord[];
  readonly liveRun: LiveRunDetail | null;
}

/** What the user has chosen. */
export interface TopChoice {
  /** The index of the chosen schedule among all. */
  readonly chosen: number;
  /** The index of the first one that is shown. */
  readonly first: number;
  /** The key of the schedule that is open, or null for the overview. */
  readonly openKey: string | null;
}
