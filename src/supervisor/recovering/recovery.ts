import type { RunRecord } from '../../machines/run.ts';
import type { Claim } from '../../machines/schedule-entries.ts';
import type { Recorder } from '../recording/recorder.ts';
import { type LiveSchedule, mustBeMadeUpFor } from '../schedules/live-schedule.ts';

/** All that is known of how a lost run ended. */
const LOST = { name: 'RunLostError', message: 'the process or supervisor thread of the run ended before the run did' };

/** Settles a run that was written as started and never as finished, because its supervisor died: it is `lost`. */
export function settleLost(
  claim: Claim,
  schedule: LiveSchedule | undefined,
  { recorder, nowMs }: { readonly recorder: Recorder; readonly nowMs: number },
): Promise<void> {
  const isOwed = schedule !== undefined && mustBeMadeUpFor(schedule, claim.draft, { mayHaveBegun: true });
  return recorder.settleLost(schedule, { record: lostRecord(claim, nowMs), log: [], isOwed });
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
