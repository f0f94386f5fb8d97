/** Entries on their way to another thread. */
import type { StoreEntry } from '../ledger/entries.ts';
import { type Packed, Packing, unpack } from './packed.ts';
import type { RunFact } from './run-rows.ts';

export type PackedEntries = Packed<StoreEntry>;

export function packEntries(entries: readonly StoreEntry[]): PackedEntries {
  const packing = new Packing<StoreEntry>((entry) =>
    entry.kind === 'claimed' || entry.kind === 'settled' ? entry : null,
  );
  for (const entry of entries) packing.add(entry);
  return packing.take();
}

/** The entries in the order in which they were packed. */
export function unpackEntries(packed: PackedEntries): readonly StoreEntry[] {
  return unpack(packed, entryOf);
}

function entryOf(fact: RunFact): StoreEntry {
  if (fact.kind === 'claimed' || fact.kind === 'settled') return fact;
  throw new TypeError(`"${fact.kind}" is not an entry`);
}
