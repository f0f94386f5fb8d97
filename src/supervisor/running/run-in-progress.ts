import { type Lateness, type Occurrence, placeOf, type RunRecord } from '../../machines/run.ts';
import type { RunDraft } from '../../machines/schedule-entries.ts';
import type { Settlement } from '../../machines/schedule-events.ts';
import type { RunData } from '../../workers/protocol.ts';
import type { Instant } from '../ports/clock.ts';
import type { RunReport, RunStart } from '../ports/run-pool.ts';
import type { ScheduleDefinition } from '../schedules/definition.ts';
import type { LiveSchedule } from '../schedules/live-schedule.ts';
import { RunLogTail } from './run-log-tail.ts';

/** An occurrence on its way from the tick to its record. Instants are monotonic unless they say `wall`. */
export interface RunInProgress {
  readonly runId: string;
  readonly schedule: LiveSchedule;
  /** As it was when the occurrence was collected: a reload does not change a run under way. */
  readonly definition: ScheduleDefinition;
  readonly occurrence: Occurrence;
  /** The part of the record that is known before the run is dispatched. */
  readonly draft: RunDraft;
  readonly collectedAt: Instant;
  readonly log: RunLogTail;
  claimedAtMs: number | null;
  fencingToken: string | null;
  /** Resolves when its run lock is lost; null while it holds none. */
  whenLockLost: Promise<void> | null;
  startedAtWallMs: number | null;
  /** How long the process did not run since `run()` was called, as far as that was noticed. */
  sleptMs: number;
  start: RunStart | null;
  progress: RunProgress | null;
  report: RunReport | null;
  /** Resolves when its thread has exited, if the thread was given up. */
  whenReleased: Promise<unknown> | null;
  /** Its end is written, though its schedule may not be at rest yet. */
  isRecorded: boolean;
  /**
   * Another node has locked the schedule or claimed the occurrence, or by the backend's clock it lies in the future: here
   * it has no outcome.
   */
  elsewhere: 'locked' | 'claimed' | 'early' | null;
}

/** What a run has last said of how far it is. */
export interface RunProgress {
  readonly fraction: number;
  readonly note?: string;
}

/** The beginning: an occurrence that was collected and is not claimed yet. */
export function collected(
  schedule: LiveSchedule,
  occurrence: Occurrence,
  { runId, nodeId }: { readonly runId: string; readonly nodeId: string },
): RunInProgress {
  const { definition, waitsSince } = schedule;
  return {
    runId,
    schedule,
    definition,
    occurrence,
    draft: {
      runId,
      key: definition.key,
      ...definition.identity,
      nodeId,
      trigger: occurrence.trigger,
      isCatchup: occurrence.trigger === 'catch-up',
      ...(occurrence.recoveryOf !== undefined && { recoveryOf: occurrence.recoveryOf }),
      scheduledAtMs: occurrence.scheduledAtMs,
      dueAtMs: occurrence.dueAtMs,
      ...(occurrence.pass !== undefined && { pass: occurrence.pass }),
      ...(occurrence.traceparent !== undefined && { traceparent: occurrence.traceparent }),
    },
    collectedAt: (occurrence.trigger === 'manual' ? null : waitsSince) ?? schedule.collectedAt,
    log: new RunLogTail(),
    claimedAtMs: null,
    fencingToken: null,
    whenLockLost: null,
    startedAtWallMs: null,
    sleptMs: 0,
    start: null,
    progress: null,
    report: null,
    whenReleased: null,
    isRecorded: false,
    elsewhere: null,
  };
}

/** The process was stopped, or the machine slept: nothing executed meanwhile. */
export function sleepThrough(runs: Iterable<RunInProgress>, forMs: number): void {
  for (const run of runs) if (run.start !== null && run.report === null) run.sleptMs += forMs;
}

/** The record of a run that ended before `now`. */
export function recordOf(run: RunInProgress, settlement: Settlement, now: Instant): RunRecord {
  const { report, start, log } = run;
  const droppedLogLines = (report?.droppedLogLines ?? 0) + log.droppedCount;
  const { wallMs, monotonicMs } = now;
  const finishedAtMs = wallMs - (monotonicMs - (report?.finishedAtMonotonicMs ?? monotonicMs));
  return {
    ...run.draft,
    startedAtMs: run.startedAtWallMs ?? finishedAtMs,
    finishedAtMs,
    outcome: settlement.outcome,
    ...(settlement.error && { error: settlement.error }),
    lateness: latenessOf(run, monotonicMs),
    ...(report?.cpuMs !== undefined && { cpuMs: report.cpuMs }),
    ...fuelOf(run),
    ...(run.fencingToken !== null && { fencingToken: run.fencingToken }),
    ...(start && { threadId: start.threadId }),
    ...(droppedLogLines > 0 && { droppedLogLines }),
  };
}

/** What a guest has executed, and what it might have. */
function fuelOf({ report, definition: { budget } }: RunInProgress): Pick<RunRecord, 'fuel' | 'fuelBudget'> {
  if (report?.fuel === undefined) return {};
  return { fuel: report.fuel, ...(Number.isFinite(budget.fuel) && { fuelBudget: budget.fuel }) };
}

/** A run that never started: charge the wait to the part in which it ended. */
function latenessOf(run: RunInProgress, nowMs: number): Lateness {
  const claimedAtMs = run.claimedAtMs ?? nowMs;
  const dispatchedAtMs = run.start?.dispatchedAtMonotonicMs ?? nowMs;
  const startedAtMs = run.start?.startedAtMonotonicMs ?? dispatchedAtMs;
  const tickMs = Math.max(run.collectedAt.wallMs - run.occurrence.dueAtMs, 0);
  const lockMs = claimedAtMs - run.collectedAt.monotonicMs;
  const queueMs = Math.max(dispatchedAtMs - claimedAtMs, 0);
  const startMs = Math.max(startedAtMs - dispatchedAtMs, 0);
  return { tickMs, lockMs, queueMs, startMs, totalMs: tickMs + lockMs + queueMs + startMs };
}

/** What its code gets to know of it. */
export function runData({ runId, schedule, occurrence, definition, fencingToken }: RunInProgress): RunData {
  const { scheduleId, ...place } = definition.identity;
  const { scheduledAtMs, trigger, missedCount, firstMissedAtMs, traceparent } = occurrence;
  return {
    scheduleId,
    scheduledAtMs,
    runCount: schedule.state.runCount + 1,
    isCatchup: trigger === 'catch-up',
    ...placeOf(place),
    runId,
    config: definition.declared.config ?? null,
    ...(fencingToken !== null && { fencingToken }),
    ...(missedCount !== undefined && { missedCount }),
    ...(firstMissedAtMs !== undefined && { firstMissedAtMs }),
    ...(traceparent !== undefined && { traceparent }),
  };
}
