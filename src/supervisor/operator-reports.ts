/**
 * What operators ask of a running scheduler beside what its host asks: the console, the command line, and whatever else
 * looks at a scheduler from outside. All of it is data that can cross threads and become JSON.
 */
export type { AuditEntry } from '../machines/operating/audit.ts';

import type { ScheduleSort } from '../machines/operating/schedule-lists.ts';
import type { Lateness, LogLine, RunOutcome, RunTrigger } from '../machines/run.ts';
import type { Budget } from '../plugin.ts';
import type { PluginManifest, ScheduleManifest } from './plugin-reports.ts';
import type { ScheduleStateName, ScheduleStatus } from './scheduler-reports.ts';
import type { CheckInStyle } from './supervisor-config.ts';

/** Which schedules to return. Unset fields do not filter. */
export interface ScheduleQuery {
  /** A part of the key or of the description, in any case. */
  readonly search?: string;
  readonly states?: readonly ScheduleStateName[];
  readonly plugin?: string;
  readonly tenantId?: string;
  /** Only schedules that are faulted or quarantined, or whose last run failed. Default false. */
  readonly onlyProblems?: boolean;
  /** Default `key`. */
  readonly sort?: ScheduleSort;
  /** Default 0. */
  readonly offset?: number;
  /** 1 to 1,000. Default 100. */
  readonly limit?: number;
}

/** A part of the schedules, in the order that was asked for. */
export interface SchedulePage {
  /** How many schedules the query matches. */
  readonly total: number;
  readonly offset: number;
  readonly schedules: readonly ScheduleStatus[];
}

/** Which installed plugins to describe. */
export interface PluginQuery {
  /** Default 0. */
  readonly offset?: number;
  /** 1 to 200. Default 100. */
  readonly limit?: number;
  /** How many schedules of each to describe, 0 to 10. Default 10. */
  readonly schedules?: number;
  /** Up to 100: only the installations that have one of these schedules, with all of these and no others. */
  readonly keys?: readonly string[];
}

/** A part of the installations, in the order of their names. */
export interface PluginPage {
  /** The capabilities that the scheduler itself provides. */
  readonly provides: readonly string[];
  /** The names of all installed plugins, each once, up to 1,000. */
  readonly names: readonly string[];
  /** The tenants for which plugins are installed, each once, up to 1,000. */
  readonly tenantIds: readonly string[];
  /** How many installations the query matches. */
  readonly total: number;
  readonly offset: number;
  readonly plugins: readonly PluginSummary[];
}

/** One installation of a plugin, with the first of its schedules, or with those that were asked for. */
export interface PluginSummary extends PluginManifest {
  /** How many schedules it has. */
  readonly scheduleCount: number;
}

/** The state of a scheduler in a few numbers, and what is wrong with it now. */
export interface Overview {
  readonly nodeId: string;
  readonly version: string;
  /** Epoch milliseconds by the scheduler's clock. */
  readonly nowMs: number;
  readonly startedAtMs: number;
  readonly timezone: string;
  readonly isDraining: boolean;
  readonly scheduleCount: number;
  /** How many schedules are in each state; states that none is in are absent. */
  readonly states: Readonly<Partial<Record<ScheduleStateName, number>>>;
  readonly nextDueAtMs: number | null;
  readonly liveRunCount: number;
  /** What is wrong now, the worst first; 100 at most. */
  readonly problems: readonly Problem[];
}

/** Something that an operator should look at. */
export interface Problem {
  readonly kind: 'quarantined' | 'faulted' | 'failing' | 'silent' | 'store' | 'locks' | 'plugin-refused' | 'node-gone';
  readonly key?: string;
  /** A sentence. */
  readonly text: string;
  readonly sinceMs?: number;
}

/** A run that has not ended. */
export interface LiveRun {
  readonly runId: string;
  readonly key: string;
  readonly plugin: string;
  readonly scheduleId: string;
  readonly tenantId?: string;
  readonly siteId?: string;
  readonly trigger: RunTrigger;
  readonly scheduledAtMs: number;
  readonly dueAtMs: number;
  readonly phase: 'locking' | 'queued' | 'running' | 'recording';
  /** When `run()` was called, epoch milliseconds; null before. */
  readonly startedAtMs: number | null;
  readonly threadId: number | null;
  readonly progress: { readonly fraction: number; readonly note?: string } | null;
}

/** A run that has not ended, with what it has logged until now. */
export interface LiveRunDetail extends LiveRun {
  readonly budget: Required<Budget>;
  /** Its last lines, oldest first. */
  readonly log: readonly LogLine[];
  readonly droppedLogLines: number;
}

/** One schedule with what stands around it. */
export interface ScheduleDetail {
  readonly schedule: ScheduleStatus;
  /** As its plugin declared it. */
  readonly declared: ScheduleManifest;
  /** The next ten occurrences, without jitter. */
  readonly upcoming: readonly number[];
  readonly live: LiveRun | null;
}

/** Which schedules to draw on a time line: 100 keys at most. Instants are epoch milliseconds. */
export interface LaneQuery {
  readonly keys: readonly string[];
  readonly sinceMs: number;
  readonly untilMs: number;
  /** How many runs and occurrences of each schedule at most. Default 50. */
  readonly limit?: number;
}

/** What a schedule did and will do in a span of time. */
export interface Lane {
  readonly key: string;
  /** Oldest first. */
  readonly runs: readonly LaneRun[];
  readonly live: LiveRun | null;
  /** The occurrences that are still to come, oldest first, without jitter. */
  readonly upcoming: readonly number[];
}

/** A run as a mark on a lane. */
export interface LaneRun {
  readonly runId: string;
  readonly scheduledAtMs: number;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  readonly outcome: RunOutcome;
  readonly lateness: Lateness;
  /** As in the record of the run: absent if nobody saw it begin. */
  readonly threadId?: number;
}

/** Where the runs of one schedule check in. */
export interface ScheduleCheckIn {
  readonly key: string;
  readonly url: string;
  readonly style: CheckInStyle;
}
