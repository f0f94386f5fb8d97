/** How often a node looks, what it hears, and what becomes of news that are lost. */
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { openedStore } from '../../support/failing-database.ts';
import { claimed, KEY, recordOf, registered } from '../../support/ledger-entries.ts';

const claim = (nodeId: string, runId: string, atMs: number, cursorMs: number) =>
  claimed(recordOf(runId, atMs, { nodeId }), { cursorMs });

/** Two nodes that hear each other, and have looked since. */
async function twoNodes() {
  const clock = new VirtualClock();
  const a = await openedStore(undefined, clock, 'a', 'a', { canHear: true });
  const b = await openedStore(a.memory, clock, 'b', 'b', { canHear: true });
  await clock.advance(12_000);
  return { clock, a, b };
}

type Node = Awaited<ReturnType<typeof openedStore>>;

/** Lets time pass as on a node that runs: it beats and announces its schedules every 5 s. Expects it to be trusted. */
async function live({ clock, store, heard }: Node, nodeId: string, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    if (second % 5 === 0) {
      await clock.advanceUntil(store.beat(clock.nowMs()));
      await clock.advanceUntil(store.announceGroup({ nodeId, ttlMs: 15_000, group: { id: nodeId } }));
    }
    await clock.advance(1_000);
    expect(heard.trustedUntilMs).toBeGreaterThan(clock.monotonicMs());
  }
}

describe('a node that hears', () => {
  test('makes one call in ten seconds while it is idle, and stays trusted', async () => {
    const { clock, a } = await twoNodes();
    await live(a, 'a', 20);
    const [looks, batches] = [a.backend.looks.length, a.backend.batches.length];
    await live(a, 'a', 300);
    expect(a.backend.looks.length - looks).toBeLessThanOrEqual(30);
    expect(a.backend.batches.length).toBe(batches);
    const { sessions } = await clock.advanceUntil(a.store.facts(KEY, 0));
    expect(sessions.find(({ nodeId }) => nodeId === 'a')?.seenAtMs).toBeGreaterThanOrEqual(clock.nowMs() - 5_000);
  });

  test('sees at once what another node writes, without a look', async () => {
    const { clock, a, b } = await twoNodes();
    const before = b.backend.looks.length;
    await clock.advanceUntil(a.store.write(claim('a', 'r', 1_000, 100)));
    await clock.advance(1);
    expect(b.heard.changed.at(-1)).toMatchObject({ key: KEY, cursorMs: 1_000 });
    const batches = b.backend.batches.length;
    expect(await clock.advanceUntil(b.store.write(claim('b', 's', 1_000, 100)))).toEqual({ isTaken: false });
    // The refusal is confirmed by the database, at the first attempt.
    expect([b.backend.looks.length, b.backend.batches.length]).toEqual([before, batches + 1]);
  });

  test('looks in its writes while it writes, and not beside them', async () => {
    const { clock, a, b } = await twoNodes();
    const before = a.backend.looks.length;
    for (let count = 0; count < 60; count += 1) {
      await clock.advanceUntil(a.store.write(registered(100, { key: `p/${count}` })));
      await clock.advance(1_000);
    }
    expect(a.backend.looks.length).toBe(before);
    expect(a.backend.batches.filter(({ look }) => look !== undefined).length).toBeGreaterThanOrEqual(11);
    expect(a.heard.trustedUntilMs).toBeGreaterThan(clock.monotonicMs());
    expect(b.heard.changed.filter(({ key }) => key.startsWith('p/')).length).toBeGreaterThanOrEqual(60);
  });

  test('finds within ten seconds what it did not hear, and then looks twice a second until it hears again', async () => {
    const { clock, a, b } = await twoNodes();
    b.line.losesNews = true;
    await clock.advanceUntil(a.store.write(claim('a', 'r', 1_000, 100)));
    await clock.advance(10_000);
    expect(b.heard.changed.at(-1)).toMatchObject({ key: KEY, cursorMs: 1_000 });
    await clock.advance(3_500);
    const before = b.backend.looks.length;
    await clock.advance(10_000);
    expect(b.backend.looks.length - before).toBeGreaterThanOrEqual(19);
    b.line.losesNews = false;
    await clock.advance(30_000);
    const after = b.backend.looks.length;
    await clock.advance(20_000);
    expect(b.backend.looks.length - after).toBeLessThanOrEqual(3);
  });

  test('looks again soon when a look fails, and is trusted all the time', async () => {
    const { clock, a } = await twoNodes();
    a.backend.isAway = true;
    const before = a.backend.looks.length;
    while (a.backend.looks.length < before + 3) await clock.advance(100);
    a.backend.isAway = false;
    expect(a.heard.trustedUntilMs).toBeGreaterThan(clock.monotonicMs());
    await live(a, 'a', 30);
  });

  test('hears of a node that comes, and of one that goes', async () => {
    const { clock, a, b } = await twoNodes();
    const before = a.backend.looks.length;
    await clock.advance(1_000);
    const c = await openedStore(a.memory, clock, 'c');
    await clock.advance(1_000);
    const between = a.backend.looks.length;
    expect(between).toBeGreaterThan(before);
    await clock.advanceUntil(Promise.all([c.store.close(clock.nowMs()), b.store.beat(clock.nowMs())]));
    await clock.advance(1_000);
    expect(a.backend.looks.length).toBeGreaterThan(between);
  });

  test('finds the runs of a node that died soon after its ttl', async () => {
    const { clock, a, b } = await twoNodes();
    await clock.advanceUntil(a.store.write(claim('a', 'r', 1_000, 100)));
    a.backend.isAway = true;
    await clock.advance(15_000);
    expect(b.heard.orphaned).toEqual([]);
    await clock.advance(2_000);
    expect(b.heard.orphaned).toMatchObject([{ runId: 'r' }]);
  });

  test('enters another history as soon as it is one', async () => {
    const { clock, a } = await twoNodes();
    a.memory.checkpoint()();
    await clock.advance(600);
    expect(a.heard.histories.length).toBe(1);
  });
});
