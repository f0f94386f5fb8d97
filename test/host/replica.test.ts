import { describe, expect, test } from 'vitest';
import { MemoryStore } from '../../src/backends/memory/memory-store.ts';
import { Replica } from '../../src/host/replica.ts';
import { Ledger } from '../../src/machines/ledger/ledger.ts';
import type { LedgerSnapshot } from '../../src/machines/ledger/ledger-snapshot.ts';
import { unpackEvents } from '../../src/machines/packing/event-batch.ts';
import type { ScheduleEntry } from '../../src/machines/schedule-entries.ts';
import { HostLink } from '../../src/supervisor/linking/host-link.ts';
import type { FromSupervisor, SupervisorEvent } from '../../src/supervisor/protocol.ts';
import { seededRandom } from '../../src/testing/run-duration.ts';
import { claimOf, DECLARED, overlapAt, recordOf, registered } from '../support/ledger-entries.ts';

/** A memory store with the replica that the host keeps of it. Turns end when the test says so. */
function open() {
  const ledger = new Ledger();
  const replica = new Replica([]);
  const sent: SupervisorEvent[] = [];
  const deferred: (() => void)[] = [];
  const port = {
    postMessage: (message: FromSupervisor) => {
      if (message.kind !== 'events') return;
      for (const event of unpackEvents(structuredClone(message.events))) {
        sent.push(event);
        replica.apply(event);
      }
    },
  };
  const link = new HostLink({
    port: port as unknown as ConstructorParameters<typeof HostLink>[0]['port'],
    defer: (callback) => void deferred.push(callback),
    sleep: (_delayMs, callback) => void deferred.push(callback),
    nowMs: () => 0,
    dropped: (error) => {
      throw error;
    },
  });
  return {
    store: new MemoryStore({ ledger, onEntry: link.emitEntry }),
    replica,
    sent,
    endTurn: () => {
      for (const callback of deferred.splice(0)) callback();
    },
    /** What the store knows, and what a new supervisor thread would know. */
    both: (): [LedgerSnapshot, LedgerSnapshot] => [
      inOrder(ledger.snapshot()),
      inOrder(new Ledger(structuredClone(replica.takeover().ledger)).snapshot()),
    ],
  };
}

/** Only the order within one schedule counts. */
function inOrder(snapshot: LedgerSnapshot): LedgerSnapshot {
  const byKey = (a: { readonly key: string }, b: { readonly key: string }): number => (a.key < b.key ? -1 : 1);
  return {
    ...snapshot,
    schedules: snapshot.schedules.toSorted(byKey),
    life: Object.values(Object.groupBy(snapshot.life, ({ key }) => key))
      .map((events) => events ?? [])
      .toSorted(([a], [b]) => byKey(a as { readonly key: string }, b as { readonly key: string }))
      .flat(),
  };
}

const nightly = (key: string, atMs: number): ScheduleEntry =>
  registered(atMs, { key, declared: { ...DECLARED, cron: '0 3 * * *' } });

/** What may happen to a schedule next. */
const STEPS: readonly ((key: string, atMs: number) => ScheduleEntry)[] = [
  (key, atMs) => registered(atMs, { key }),
  nightly,
  (key, atMs) => registered(atMs, { key, cursorMs: atMs - 500, declared: { ...DECLARED, isEnabled: false } }),
  (key, atMs) => ({ kind: 'claimed', claim: claimOf(recordOf(`run-${atMs}`, atMs, { key })) }),
  (key, atMs) => ({
    kind: 'settled',
    settled: { record: recordOf(`run-${atMs - 1}`, atMs, { key }), log: [], isOwed: true },
  }),
  (key, atMs) => ({ kind: 'decided', decision: overlapAt(atMs, { key }) }),
  (key, atMs) => ({ kind: 'moved', key, cursorMs: atMs }),
  (key, atMs) => ({ kind: 'repositioned', key, atMs, how: 'repeated', fromMs: atMs, cursorMs: atMs - 100, byMs: -100 }),
  (key, atMs) => ({ kind: 'paused', key, pause: { atMs, note: 'a note' } }),
  (key, atMs) => ({ kind: 'resumed', key, atMs, isProbe: false }),
  (key, atMs) => ({ kind: 'faulted', key, atMs, note: 'a fault' }),
  (key, atMs) => ({ kind: 'forgotten', key, atMs }),
];

describe('the replica of the host', () => {
  test('hears of new schedules once for a turn, whatever their number', async () => {
    const { store, sent, endTurn, both } = open();
    for (let index = 0; index < 10_000; index += 1) await store.write(nightly(`p/${index}`, index));
    endTurn();
    expect(sent).toHaveLength(1);
    const [known, taken] = both();
    expect(taken.schedules).toHaveLength(10_000);
    expect(taken).toEqual(known);
  });

  test('hears nothing of a schedule that is registered again as it was', async () => {
    const { store, sent, endTurn, both } = open();
    await store.write(nightly('p/s', 100));
    await store.write(nightly('p/s', 100));
    endTurn();
    expect(sent).toHaveLength(1);
    expect(both()[1]).toEqual(both()[0]);
  });

  test('knows how a schedule was declared to which something happens later', async () => {
    const { store, sent, endTurn, both } = open();
    await store.write(nightly('p/s', 100));
    endTurn();
    await store.write({ kind: 'paused', key: 'p/s', pause: { atMs: 300 } });
    endTurn();
    expect(sent.map(({ event }) => (event as { readonly kind: string }).kind)).toEqual([
      'introductions',
      'registered',
      'paused',
    ]);
    expect(both()[1]).toEqual(both()[0]);
  });

  test('forgets a schedule that never ran, and knows it when it is new again', async () => {
    const { store, endTurn, both } = open();
    await store.write(nightly('p/s', 100));
    await store.write({ kind: 'forgotten', key: 'p/s', atMs: 200 });
    endTurn();
    expect(both()[1].schedules).toEqual([]);
    await store.write(registered(300, { key: 'p/s' }));
    endTurn();
    expect(both()[1].schedules).toMatchObject([{ key: 'p/s', createdAtMs: 300, declared: DECLARED }]);
  });

  test('does not grow with schedules that come and go', async () => {
    const { store, endTurn, replica } = open();
    await store.write(nightly('p/stays', 0));
    for (let atMs = 1; atMs <= 25_000; atMs += 1) {
      const key = `p/visitor-${atMs}`;
      await store.write(nightly(key, atMs));
      endTurn();
      await store.write({ kind: 'forgotten', key, atMs });
      endTurn();
    }
    const { introduced } = replica.takeover().ledger;
    expect(introduced?.batches.reduce((sum, { count }) => sum + count, 0)).toBeLessThan(2_500);
    expect(introduced?.forgotten.length).toBeLessThanOrEqual(10_000);
    expect(new Ledger(replica.takeover().ledger).schedules()).toMatchObject([{ key: 'p/stays', createdAtMs: 0 }]);
  });

  test.each(Array.from({ length: 40 }, (_, seed) => seed + 1))(
    'knows what the store knows, by seed %i',
    async (seed) => {
      const { store, endTurn, both } = open();
      const random = seededRandom(seed);
      const below = (limit: number): number => Math.floor(random() * limit);
      await store.open({ nodeId: 'node', incarnationId: 'one', atMs: 0 });
      for (let atMs = 1_000; atMs < 1_200; atMs += 1) {
        const step = STEPS[below(STEPS.length)] as (typeof STEPS)[number];
        await store.write(step(`p/${below(6)}`, atMs + below(1_000) / 8));
        if (below(4) === 0) endTurn();
      }
      endTurn();
      const [known, taken] = both();
      expect(taken).toEqual(known);
    },
  );
});
