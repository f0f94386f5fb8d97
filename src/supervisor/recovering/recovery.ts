import type { RunRecord } from '../../machines/run.ts';
import type { Claim, SettledRun } from '../../machines/schedule-entries.ts';
import type { ScheduleState } from '../../machines/schedule-state.ts';
import type { Recorder } from '../recording/recorder.ts';
import {
  type LiveSchedule,
  mustBeMadeUpFor,
  type RecoveryTerms,
  recoveryTermsOf,
  storedRecoveryTerms,
} from '../schedules/live-schedule.ts';

/** All that is known of how a lost run ended. */
const LOST = { name: 'RunLostError', message: 'the process or supervisor thread of the run ended before the run did' };

/** Where a run was lost. */
interface LostFrom {
  /** Undefined when this node does not have it. */
  readonly schedule?: LiveSchedule | undefined;
  /** What the store knows of the schedule when this node does not have it. */
  readonly known?: ScheduleState | undefined;
}

/**
 * Settles a run that was written as started and never as finished, because its supervisor died: it is `lost`. The policy
 * of its schedule decides whether it is owed, also on a node that does not have the plugin: the store keeps it. Resolves
 * to what was settled, or to null if another node was first.
 */
export async function settleLost(
  claim: Claim,
  from: LostFrom,
  { recorder, nowMs }: { readonly recorder: Recorder; readonly nowMs: number },
): Promise<SettledRun | null> {
  const terms = termsOf(from);
  const isOwed = terms !== undefined && mustBeMadeUpFor(terms, claim.draft, { mayHaveBegun: true });
  const settled = { record: lostRecord(claim, nowMs), log: [], isOwed };
  return (await recorder.settleLost(from.schedule, settled)) ? settled : null;
}

function termsOf({ schedule, known }: LostFrom): RecoveryTerms | undefined {
  if (schedule !== undefined) return recoveryTermsOf(schedule);
  return known && storedRecoveryTerms(known);
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
