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

/**
 * Settles a run of this node that is over, in a store that has forgotten its end. It is counted and reported already, and
 * nothing is owed for it.
 * @param record That of the schedule's last run, which may be another one.
 */
export function settleAgain(
  claim: Claim,
  record: RunRecord | undefined,
  { recorder, nowMs }: { readonly recorder: Recorder; readonly nowMs: number },
): void {
  const known = record?.runId === claim.runId ? record : lostRecord(claim, nowMs);
  void recorder.write({ kind: 'settled', settled: { record: known, log: [], isOwed: false } });
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
