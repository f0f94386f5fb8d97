/**
 * When a schedule counts as silent: nothing of it has succeeded for so long. What has happened is in its state, so that
 * a scheduler which was down is no excuse; but after a start the schedule has to have had a chance first.
 */
import type { ScheduleState } from '../schedule-state.ts';

/** Since when a node has watched a schedule. Instants are epoch milliseconds. */
export interface Presence {
  readonly sinceMs: number;
  /** Whether a run of it has ended since then, however it ended. */
  readonly hasRun: boolean;
}

/** When a run of it last succeeded, epoch milliseconds; undefined if that never happened, or is not known. */
export function lastSuccessMs({ lastSuccessAtMs, lastRun }: ScheduleState): number | undefined {
  // Earlier releases did not keep the instant itself.
  return lastSuccessAtMs ?? (lastRun?.outcome === 'succeeded' ? lastRun.finishedAtMs : undefined);
}

/**
 * The instant from which a schedule is silent, unless something succeeds before, epoch milliseconds. Silence is counted
 * from the last success, from when the schedule was first known, or from when it was last resumed or enabled, whichever
 * is the latest. Until a run has ended on this node, it is counted from when the node began to watch, too.
 */
export function silentFromMs(state: ScheduleState, maxSilenceMs: number, { sinceMs, hasRun }: Presence): number {
  const succeededAtMs = lastSuccessMs(state);
  const isUnknown = succeededAtMs === undefined && (state.outcomes.succeeded ?? 0) > 0;
  const fromMs = Math.max(
    succeededAtMs ?? state.createdAtMs,
    state.activeSinceMs ?? Number.NEGATIVE_INFINITY,
    hasRun && !isUnknown ? Number.NEGATIVE_INFINITY : sinceMs,
  );
  return fromMs + maxSilenceMs;
}

/** Whether silence means anything: a schedule that somebody has paused or disabled is quiet on purpose. */
export function canBeSilent({ pause, declared }: ScheduleState): boolean {
  return pause === undefined && declared.isEnabled;
}
