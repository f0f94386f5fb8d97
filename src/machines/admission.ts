/**
 * Which entries a shared store accepts and which it refuses, so that each occurrence runs once. A node plans with what
 * it knows, and its entry says what that was (`PlanBasis`). If another node has moved the schedule on in the meantime,
 * the entry is refused, and the node learns the current state. The cursor must be exactly the one that was planned on:
 * if any earlier cursor were good enough, a live occurrence could pass over missed ones that are still to be caught up.
 *
 * A clock that was set sets a schedule back once, however many nodes notice it: the first one begins the next pass.
 *
 * What a node does only for itself (`node-local`) has no basis and is always accepted.
 */
import { passOf } from './position/repeat.ts';
import { isInPass } from './position/repositioning.ts';
import type { PlanBasis } from './run.ts';
import type { Claim, ScheduleEntry } from './schedule-entries.ts';
import type { ScheduleState } from './schedule-state.ts';
import { lastSuccessMs } from './watching/silence.ts';

/** What is under way for a schedule. */
export interface OpenClaims {
  /** Some node is running the schedule. */
  readonly isBusy: boolean;
  /** The run of the entry was claimed, and neither its node nor another one has settled it. */
  readonly isOpen: boolean;
}

export function isAdmitted(state: ScheduleState | undefined, entry: ScheduleEntry, open: OpenClaims): boolean {
  switch (entry.kind) {
    case 'claimed':
      return isClaimAdmitted(state, entry.claim, open.isBusy);
    case 'decided': {
      const { basis, decision } = entry;
      if (basis === undefined) return true;
      const isOfThisPass = decision.isManual === true || decision.pass === passOf(state?.repeat, decision.fromMs);
      return state !== undefined && isOfThisPass && isCurrent(state, basis);
    }
    case 'repositioned':
      return state !== undefined && isInPass(state, entry);
    case 'silent':
      // Every node notices it. The first one says so, unless it has not heard of a success yet.
      return state !== undefined && state.silentSinceMs === undefined && lastSuccessMs(state) === entry.lastSuccessAtMs;
    case 'settled':
      return open.isOpen || entry.settled.isUnclaimed === true;
    default:
      return true;
  }
}

/** Whether a claim counts for the whole cluster, where a schedule has one run at a time. */
export function isForCluster(claim: Claim): boolean {
  return claim.basis !== undefined;
}

function isClaimAdmitted(state: ScheduleState | undefined, { draft, basis }: Claim, isBusy: boolean): boolean {
  if (basis === undefined) return true;
  if (state === undefined || isBusy) return false;
  if (draft.trigger === 'manual') return true;
  if (state.pause !== undefined || !isCurrent(state, basis)) return false;
  if (draft.pass !== passOf(state.repeat, draft.scheduledAtMs)) return false;
  const isRecovery = draft.recoveryOf !== undefined && draft.recoveryOf === state.owed?.runId;
  return draft.scheduledAtMs > state.cursorMs || isRecovery;
}

function isCurrent({ cursorMs, owed }: ScheduleState, basis: PlanBasis): boolean {
  return cursorMs === basis.cursorMs && owed?.runId === basis.owed?.runId;
}
