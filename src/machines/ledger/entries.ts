import type { ScheduleEntry } from '../schedule-entries.ts';
import type { Session } from '../session.ts';

/** What a store writes: something that happened to one schedule, or in the life of a node. */
export type LedgerEntry =
  | ScheduleEntry
  | { readonly kind: 'opened'; readonly session: Session }
  /** Without `nodeId` it is about the node that opened last. */
  | { readonly kind: 'seen' | 'closed'; readonly atMs: number; readonly nodeId?: string };

/** When an entry was written, if it says so: its writer was running then. */
export function writtenAtMs(entry: LedgerEntry): number | undefined {
  switch (entry.kind) {
    case 'seen':
    case 'closed':
      return entry.atMs;
    case 'claimed':
      return entry.claim.claimedAtMs;
    case 'settled':
      return entry.settled.record.finishedAtMs;
    case 'decided':
      return entry.decision.atMs;
    default:
      return undefined;
  }
}

/** The node that wrote an entry, if that is known. A run may have been settled by one node for another. */
export function writerOf(entry: LedgerEntry): string | undefined {
  switch (entry.kind) {
    case 'seen':
    case 'closed':
      return entry.nodeId;
    case 'claimed':
      return entry.claim.nodeId;
    case 'decided':
      return entry.decision.nodeId;
    default:
      return undefined;
  }
}
