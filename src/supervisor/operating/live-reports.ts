import type { LiveRun, LiveRunDetail } from '../operator-reports.ts';
import type { RunInProgress } from '../running/run-in-progress.ts';
import type { OperatedNode } from './operated-node.ts';

/** How many runs are listed. More may wait for a thread than anybody reads. */
const MAX_LISTED = 1_000;

type Engine = OperatedNode['engine'];

/** The runs that have not ended: those that execute first. */
export function liveRuns({ live, schedules }: Engine): LiveRun[] {
  const runs = [...live.values()];
  const executing = runs.filter(({ startedAtWallMs }) => startedAtWallMs !== null);
  const waiting = runs.filter(({ startedAtWallMs }) => startedAtWallMs === null);
  return [...executing, ...waiting].slice(0, MAX_LISTED).map((run) => liveRunOf(run, schedules));
}

/** The run of a schedule that has not ended; null if there is none. */
export function liveRunOfSchedule({ live, schedules }: Engine, key: string): LiveRun | null {
  const run = live.get(key);
  return run === undefined ? null : liveRunOf(run, schedules);
}

export function liveRunDetail({ live, schedules }: Engine, runId: string): LiveRunDetail | null {
  const run = live.withId(runId);
  if (run === undefined) return null;
  const { lines, droppedCount } = run.log;
  return {
    ...liveRunOf(run, schedules),
    budget: run.definition.budget,
    log: [...lines],
    droppedLogLines: droppedCount,
  };
}

function liveRunOf(run: RunInProgress, schedules: Engine['schedules']): LiveRun {
  const { runId, definition, occurrence, startedAtWallMs, start, progress } = run;
  return {
    runId,
    key: definition.key,
    ...definition.identity,
    trigger: occurrence.trigger,
    scheduledAtMs: occurrence.scheduledAtMs,
    dueAtMs: occurrence.dueAtMs,
    phase: phaseOf(run, schedules),
    startedAtMs: startedAtWallMs,
    threadId: start?.threadId ?? null,
    progress,
  };
}

function phaseOf({ schedule, startedAtWallMs }: RunInProgress, schedules: Engine['schedules']): LiveRun['phase'] {
  const state = schedules.stateOf(schedule);
  if (state === 'locking' || state === 'recording') return state;
  return startedAtWallMs === null ? 'queued' : 'running';
}
