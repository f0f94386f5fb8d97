import type { Lateness, Occurrence, RunRecord } from '../../machines/run.ts';
import type { Settlement } from '../../machines/schedule-machine.ts';
import type { RunDraft } from '../../machines/schedule-state.ts';
import type { Clock, Instant } from '../ports/clock.ts';
import type { RunReport, RunStart } from '../ports/run-pool.ts';
import type { LiveSchedule, ScheduleDefinition } from '../schedules/registry.ts';
import { RunLogTail } from './run-log-tail.ts';

/** An occurrence on its way from the tick to its record. Instants are monotonic unless they say `wall`. */
export interface RunInProgress {
  readonly runId: string;
  readonly schedule: LiveSchedule;
  readonly definition: ScheduleDefinition;
  readonly occurrence: Occurrence;
  readonly collectedAt: Instant;
  claimedAtMs: number | null;
  fencingToken: string | null;
  startedAtWallMs: number | null;
  start: RunStart | null;
  report: RunReport | null;
  readonly log: RunLogTail;
  /** Its thread had to be terminated. */
  isKilled: boolean;
  /** Another node has had the occurrence, or has it at hand: here it has no outcome. */
  isElsewhere: boolean;
  /** Its thread was given up, and has exited at last. */
  readonly whenReleased: PromiseWithResolvers<void>;
}

/** The beginning: an occurrence that was collected and not yet claimed. */
export function collected(schedule: LiveSchedule, occurrence: Occurrence, runId: string): RunInProgress {
  const { definition, waitsSince } = schedule;
  const collectedAt = (occurrence.trigger === 'manual' ? null : waitsSince) ?? schedule.collectedAt;
  return {
    runId,
    schedule,
    definition,
    occurrence,
    collectedAt,
    claimedAtMs: null,
    fencingToken: null,
    startedAtWallMs: null,
    start: null,
    report: null,
    log: new RunLogTail(),
    isKilled: false,
    isElsewhere: false,
    whenReleased: Promise.withResolvers(),
  };
}

/** The part of the record that is known before the run is dispatched. */
export function draftOf(run: RunInProgress, nodeId: string): RunDraft {
  const { occurrence, definition } = run;
  return {
    runId: run.runId,
    key: definition.key,
    ...definition.identity,
    nodeId,
    trigger: occurrence.trigger,
    isCatchup: occurrence.trigger === 'catch-up',
    ...(occurrence.recoveryOf !== undefined && { recoveryOf: occurrence.recoveryOf }),
    scheduledAtMs: occurrence.scheduledAtMs,
    dueAtMs: occurrence.dueAtMs,
  };
}

/** The record of a run that has ended, at `clock`'s present. */
export function recordOf(run: RunInProgress, settlement: Settlement, at: { nodeId: string; clock: Clock }): RunRecord {
  const { report, start, log } = run;
  const droppedLogLines = (report?.droppedLogLines ?? 0) + log.droppedCount;
  const nowMs = at.clock.nowMs();
  const monotonicMs = at.clock.monotonicMs();
  const finishedAtMs = nowMs - (monotonicMs - (report?.finishedAtMonotonicMs ?? monotonicMs));
  return {
    ...draftOf(run, at.nodeId),
    startedAtMs: run.startedAtWallMs ?? finishedAtMs,
    finishedAtMs,
    outcome: settlement.outcome,
    ...(settlement.error && { error: settlement.error }),
    lateness: latenessOf(run, monotonicMs),
    ...(report?.cpuMs !== undefined && { cpuMs: report.cpuMs }),
    ...(run.fencingToken !== null && { fencingToken: run.fencingToken }),
    ...(start && { threadId: start.threadId }),
    ...(droppedLogLines > 0 && { droppedLogLines }),
  };
}

/** Of a run that never started, the wait goes to the part in which it ended. */
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
