import type { RunRecord } from '../../machines/run.ts';
import type { Claim } from '../../machines/schedule-entries.ts';
import type { Recorder } from '../recording/recorder.ts';
import type { LiveSchedule } from '../schedules/live-schedule.ts';

/** All that is known of how a lost run ended. */
const LOST = { name: 'RunLostError', message: 'the process or supervisor thread of the run ended before the run did' };

/** Settles a run that was written as started and never as finished, because its supervisor died: it is `lost`. */
export function settleLost(
  claim: Claim,
  schedule: LiveSchedule | undefined,
  { recorder, nowMs }: { readonly recorder: Recorder; readonly nowMs: number },
): Promise<void> {
  const isOwed = schedule !== undefined && mustBeMadeUpFor(claim, schedule);
  return recorder.settleLost(schedule, { record: lostRecord(claim, nowMs), log: [], isOwed });
}

/**
 * `skip` promises at most one start; `run-once` one run that makes up for a lost one, and none for that; `run-all` at
 * least one run that was not lost. What was triggered by hand is the operator's to trigger again.
 */
function mustBeMadeUpFor({ draft }: Claim, { definition, countsFromMs }: LiveSchedule): boolean {
  const { policy } = definition.missed;
  if (draft.scheduledAtMs <= countsFromMs) return false;
  if (draft.trigger === 'manual' || policy === 'skip') return false;
  return policy === 'run-all' || draft.recoveryOf === undefined;
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
