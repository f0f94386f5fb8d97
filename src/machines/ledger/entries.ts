import type { KvChange } from '../kv/kv-request.ts';
import type { AuditEntry } from '../operating/audit.ts';
import type { ScheduleEntry } from '../schedule-entries.ts';
import type { Session } from '../session.ts';

/** What a store writes: something that happened to one schedule, in the life of a node, or was done by an operator. */
export type LedgerEntry =
  | ScheduleEntry
  | { readonly kind: 'opened'; readonly session: Session }
  /** It changes no schedule: what it did is an entry of its own. */
  | { readonly kind: 'operated'; readonly operation: AuditEntry }
  /** Without `nodeId` it is about the node that opened last. */
  | { readonly kind: 'seen' | 'closed'; readonly atMs: number; readonly nodeId?: string };

/** What a store of one node writes in order: entries of its ledger, and changes of what plugins keep. */
export type StoreEntry = LedgerEntry | KvChange;

/** What stands in the place of an error that a store will not take. */
const TEXT_REFUSED = { name: 'Error', message: 'The store did not take the text of the error.' };

/**
 * The end of a run without the texts that came from outside, for a store that refused the entry: what a run has written
 * must not keep its claim open. Null when there is nothing to leave out.
 */
export function withoutTexts(entry: LedgerEntry): LedgerEntry | null {
  if (entry.kind !== 'settled') return null;
  const { record, log } = entry.settled;
  const isPlain = log.length === 0 && (record.error === undefined || record.error.message === TEXT_REFUSED.message);
  if (isPlain) return null;
  const plain = record.error === undefined ? record : { ...record, error: TEXT_REFUSED };
  return { ...entry, settled: { ...entry.settled, record: plain, log: [] } };
}

/** When an entry was written, if it says so: its writer was running then. */
export function writtenAtMs(entry: StoreEntry): number | undefined {
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
