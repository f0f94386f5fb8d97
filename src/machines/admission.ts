/**
 * What a store that several nodes share takes, and what it refuses: the rule by which an occurrence is had once. A node plans
 * with what it knows, and what it writes says so (`PlanBasis`); if the schedule has moved on since, because another node was
 * there first, it is refused and the node learns how things stand. Comparing with exactly the cursor that was planned
 * upon, and not merely with an earlier one, keeps a live occurrence from passing over missed ones that are still to be caught up.
 *
 * What a node does for itself alone (`node-local`) carries no basis, and is always taken.
 */
import type { PlanBasis } from './run.ts';
import type { Claim, ScheduleEntry, ScheduleState, SettledRun } from './schedule-state.ts';

/** How the claims of a schedule stand. */
export interface OpenClaims {
  /** A run of the schedule is under way somewhere. */
  readonly isBusy: boolean;
  /** The run of the entry is under way: it was claimed and has not been settled, by its node or for it. */
  readonly isOpen: boolean;
}

export function isAdmitted(state: ScheduleState | undefined, entry: ScheduleEntry, open: OpenClaims): boolean {
  switch (entry.kind) {
    case 'claimed':
      return isClaimAdmitted(state, entry.claim, open.isBusy);
    case 'decided': {
      const { basis } = entry;
      return basis === undefined || (state !== undefined && stands(state, basis));
    }
    case 'settled':
      return open.isOpen || isWithoutClaim(entry.settled);
    default:
      return true;
  }
}

/** Whether an entry is about a run under way in the cluster, of which there is one a schedule. */
export function isForCluster(claim: Claim): boolean {
  return claim.basis !== undefined;
}

function isClaimAdmitted(state: ScheduleState | undefined, { draft, basis }: Claim, isBusy: boolean): boolean {
  if (basis === undefined) return true;
  if (state === undefined || isBusy) return false;
  if (draft.trigger === 'manual') return true;
  if (state.pause !== undefined || !stands(state, basis)) return false;
  const isMadeGood = draft.recoveryOf !== undefined && draft.recoveryOf === state.owed?.runId;
  return draft.scheduledAtMs > state.cursorMs || isMadeGood;
}

/** Aborted before it was claimed, so that there is no claim to close. */
function isWithoutClaim({ record }: SettledRun): boolean {
  return record.outcome === 'aborted' && record.fencingToken === undefined && record.threadId === undefined;
}

function stands({ cursorMs, owed }: ScheduleState, basis: PlanBasis): boolean {
  return cursorMs === basis.cursorMs && owed?.runId === basis.owed?.runId;
}
