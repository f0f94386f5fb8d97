import type { OwedRun, RunRecord } from '../../machines/run.ts';
import type { Claim } from '../../machines/schedule-state.ts';
import type { Recorder } from '../recording/recorder.ts';
import type { LiveSchedule } from '../schedules/registry.ts';

/** What is known of a run that its process took with it. */
const LOST = { name: 'RunLostError', message: 'the process or supervisor thread of the run ended before the run did' };

/** Settles a run that was written as started and never as finished, because its supervisor died: it is `lost`. */
export async function settleLost(
  claim: Claim,
  schedule: LiveSchedule | undefined,
  { recorder, nowMs }: { readonly recorder: Recorder; readonly nowMs: number },
): Promise<void> {
  const record = lostRecord(claim, nowMs);
  const isOwed = schedule !== undefined && isMadeGood(claim, schedule);
  if (isOwed && !schedule.isShared) schedule.owed = owedOf(record);
  const isTaken = await recorder.settleForGone(schedule, { record, log: [], isOwed });
  if (isTaken && isOwed) schedule.owed = owedOf(record);
}

/**
 * `skip` promises at most one start; `run-once` one run that makes good for a lost one, and none for that; `run-all` at least one
 * run that was not lost. What was triggered by hand is the operator's to trigger again.
 */
function isMadeGood({ draft }: Claim, { definition, countsFromMs }: LiveSchedule): boolean {
  const { policy } = definition.missed;
  if (draft.scheduledAtMs <= countsFromMs) return false;
  if (draft.trigger === 'manual' || policy === 'skip') return false;
  return policy === 'run-all' || draft.recoveryOf === undefined;
}

function owedOf({ runId, scheduledAtMs }: RunRecord): OwedRun {
  return { runId, scheduledAtMs };
}

function lostRecord(claim: Claim, nowMs: number): RunRecord {
  const lateness = { tickMs: 0, lockMs: 0, queueMs: 0, startMs: 0, totalMs: 0 };
  return {
    ...claim.draft,
    startedAtMs: claim.claimedAtMs,
    finishedAtMs: nowMs,
    outcome: 'lost',
    error: LOST,
    lateness,
  };
}
