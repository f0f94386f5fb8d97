/**
 * Which claims come too early. A node whose clock is ahead must not claim occurrences of the future: a shared store
 * would never run what lies between, because cursors do not go back. So the backend's own clock has the last word.
 *
 * The tolerance is larger than what nodes correct by slewing, and than the error of a slow reading. Otherwise an
 * occurrence that a node starts a little early, while it slows down, would be refused until it counts as missed.
 */
import type { LedgerEntry } from '../ledger/entries.ts';

/** How much later than the backend's clock the claim of an occurrence may be. */
export const EARLY_MS = 10_000;

/** Before this instant of the backend's clock an occurrence cannot be claimed, nor decided upon. Epoch milliseconds. */
export function claimableFromMs(scheduledAtMs: number): number {
  return scheduledAtMs - EARLY_MS;
}

/** Before this instant of its own clock a shared store refuses the entry; null if it never does for that reason. */
export function notBeforeMs(entry: LedgerEntry): number | null {
  if (entry.kind === 'claimed') {
    const { trigger, scheduledAtMs } = entry.claim.draft;
    return trigger === 'manual' ? null : claimableFromMs(scheduledAtMs);
  }
  if (entry.kind !== 'decided' || entry.decision.isManual === true) return null;
  return claimableFromMs(entry.decision.untilMs);
}
