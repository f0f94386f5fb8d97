import type { Claim } from '../machines/ledger.ts';
import type { RunRecord } from '../machines/run.ts';
import type { Recorder } from './recorder.ts';
import type { ScheduleRecord } from './schedule-registry.ts';

/** What is known of a run that its node took with it. */
const LOST = { name: 'RunLostError', message: 'the supervisor of the run ended before the run did' };

/**
 * Settles a run that was written as started and never as finished, because its supervisor died: it is `lost`, and unless
 * the policy is `skip` (or it was triggered by hand) its occurrence counts as missed again. The cursor in memory
 * goes back to just before it; the one in the store never falls.
 */
export async function settleLost(
  claim: Claim,
  schedule: ScheduleRecord,
  context: { recorder: Recorder; nowMs: number },
): Promise<void> {
  await context.recorder.settle(schedule, lostRecord(claim, context.nowMs));
  const { trigger, scheduledAtMs } = claim.draft;
  if (trigger === 'manual' || schedule.definition.policy === 'skip') return;
  schedule.cursorMs = Math.min(schedule.cursorMs, scheduledAtMs - 1);
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
