import { expect, test } from 'vitest';
import type { LedgerEntry } from '../../../src/machines/ledger/entries.ts';
import { packEntries, unpackEntries } from '../../../src/machines/packing/packed-entries.ts';
import type { RunRecord } from '../../../src/machines/run.ts';
import { claimed, claimOf, recordOf, registered, settled } from '../../support/ledger-entries.ts';

/** What is known of a run when it is claimed. */
function draftOf({ runId, key, plugin, scheduleId, nodeId, trigger, isCatchup, scheduledAtMs, dueAtMs }: RunRecord) {
  return { runId, key, plugin, scheduleId, nodeId, trigger, isCatchup, scheduledAtMs, dueAtMs };
}

test('entries keep their order and their content on their way to another thread', () => {
  const ordinary = recordOf('a', 1_000);
  const failed = recordOf('b', 2_000, { outcome: 'failed', error: { name: 'Error', message: 'no' } });
  const next = recordOf('c', 3_000);
  const entries: LedgerEntry[] = [
    registered(0),
    { kind: 'claimed', claim: { ...claimOf(ordinary), draft: draftOf(ordinary) } },
    settled(ordinary),
    claimed(failed),
    settled(failed),
    { kind: 'seen', atMs: 3_000 },
    { kind: 'claimed', claim: { ...claimOf(next), draft: draftOf(next) } },
  ];
  const packed = packEntries(entries);
  expect(packed.others).toEqual(entries.filter((_entry, place) => ![1, 2, 6].includes(place)));
  expect(unpackEntries(structuredClone(packed))).toEqual(entries);
});
