import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matches } from '../../../src/machines/history.ts';
import { RecordRing } from '../../../src/machines/ledger/record-ring.ts';
import type { RunRecord } from '../../../src/machines/run.ts';
import { recordOf } from '../../support/ledger-entries.ts';

const record: fc.Arbitrary<RunRecord> = fc
  .record({
    runId: fc.uuid(),
    key: fc.constantFrom('p/a', 'p/b', 'p/c'),
    atMs: fc.nat({ max: 20 }),
    outcome: fc.constantFrom('succeeded' as const, 'failed' as const, 'timed-out' as const),
    odd: fc.constantFrom(
      {},
      {},
      { recoveryOf: 'lost' },
      { error: { name: 'Error', message: 'no' }, droppedLogLines: 2 },
      { tenantId: 't', fencingToken: '9', cpuMs: 1.5 },
    ),
  })
  .map(({ runId, key, atMs, outcome, odd }) => recordOf(runId, atMs, { key, outcome, finishedAtMs: atMs + 1, ...odd }));

describe('a ring of records', () => {
  test('keeps the newest, as they were, and finds what a search through all of them finds', () => {
    const query = fc.record(
      {
        key: fc.constantFrom('p/a', 'p/b', 'p/x'),
        outcome: fc.constantFrom('succeeded' as const, 'failed' as const),
        since: fc.nat({ max: 20 }),
        until: fc.nat({ max: 20 }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.nat({ max: 12 }), fc.array(record), fc.array(record), query, (capacity, before, after, asked) => {
        const ring = new RecordRing(capacity, before);
        for (const each of after) ring.push(each);
        const kept = capacity === 0 ? [] : [...before.slice(-capacity), ...after].slice(-capacity);
        expect(ring.items()).toEqual(kept);
        const found = kept.toReversed().filter((each) => matches(each, asked));
        expect(ring.newest((view) => matches(view, asked), 100)).toEqual(found);
        expect(ring.newest((view) => matches(view, asked), 2)).toEqual(found.slice(0, 2));
        expect(ring.newest(({ recoveryOf }) => recoveryOf === 'lost', 100)).toEqual(
          kept.toReversed().filter(({ recoveryOf }) => recoveryOf === 'lost'),
        );
      }),
    );
  });

  test('forgets what an unusual record had once an ordinary one is in its place', () => {
    const ring = new RecordRing(1, [recordOf('a', 1_000, { recoveryOf: 'x', error: { name: 'E', message: 'm' } })]);
    const ordinary = recordOf('b', 2_000);
    ring.push(ordinary);
    expect(ring.items()).toEqual([ordinary]);
    expect(ring.newest(({ recoveryOf }) => recoveryOf !== undefined, 10)).toEqual([]);
  });
});
