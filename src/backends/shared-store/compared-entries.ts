import type { LedgerEntry } from '../../machines/ledger/entries.ts';
import type { UnwrittenEntry } from '../batching/unwritten-entries.ts';

/** A compared entry whose caller has given up must not take effect. */
export function isForgotten({ entry, isAwaited }: UnwrittenEntry): boolean {
  return isCompared(entry) && !isAwaited;
}

/** Whether an entry holds only if things stand as they did when it was planned. */
export function isCompared(entry: LedgerEntry): boolean {
  if (entry.kind === 'claimed') return entry.claim.basis !== undefined;
  return entry.kind === 'decided' && entry.basis !== undefined;
}

/** Who waits for such an entry hears that it was not written. */
export function refuseCompared(entries: readonly UnwrittenEntry[], error: Error): void {
  for (const each of entries) if (isCompared(each.entry)) each.giveUp(error);
}
