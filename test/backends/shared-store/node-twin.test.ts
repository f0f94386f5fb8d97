/** Two processes with one node id. */
import { describe, expect, test } from 'vitest';
import { mustBeAlone } from '../../../src/backends/shared-store/node-twin.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { openedStore } from '../../support/failing-database.ts';
import { claimed, recordOf } from '../../support/ledger-entries.ts';

describe('a node whose id is in use', () => {
  test('does not start while the other process shows signs of life', async () => {
    const clock = new VirtualClock();
    const { memory } = await openedStore(undefined, clock, 'named', 'first');
    await expect(clock.advanceUntil(openedStore(memory, clock, 'named', 'second'))).rejects.toThrow(
      'the node id "named" is in use by another process',
    );
  });

  test('does not start while the other process hears, so that it has no reason to look for long', async () => {
    const clock = new VirtualClock();
    const { memory, backend } = await openedStore(undefined, clock, 'named', 'first', { canHear: true });
    await clock.advance(2_000);
    const looks = backend.looks.length;
    await clock.advance(5_000);
    expect(backend.looks.length).toBe(looks);
    const second = openedStore(memory, clock, 'named', 'second', { canHear: true });
    await expect(clock.advanceUntil(second)).rejects.toThrow('the node id "named" is in use by another process');
  });

  test('does not start beside a run of the other process, which has lost the news that it is asked', async () => {
    const clock = new VirtualClock();
    const { memory, backend, line, store } = await openedStore(undefined, clock, 'named', 'first', { canHear: true });
    await clock.advanceUntil(store.write(claimed(recordOf('a', 1_000, { nodeId: 'named' }), { cursorMs: 100 })));
    await clock.advance(5_000);
    line.losesNews = true;
    const looks = backend.looks.length;
    while (backend.looks.length === looks) await clock.advance(10);
    const second = openedStore(memory, clock, 'named', 'second', { canHear: true });
    await expect(clock.advanceUntil(second)).rejects.toThrow('the node id "named" is in use by another process');
  });

  test('waits longer for a process that died with a run than for one that had none, and no longer than it must', async () => {
    const clock = new VirtualClock();
    const waitedMs = async (nodeId: string, hasRun: boolean): Promise<number> => {
      const { backend, store } = await openedStore(undefined, clock, nodeId, 'first', { canHear: true });
      const write = claimed(recordOf('a', 1_000, { nodeId }), { cursorMs: 100 });
      if (hasRun) await clock.advanceUntil(store.write(write));
      backend.isAway = true;
      const diedAtMs = clock.nowMs();
      const session = { nodeId, incarnationId: 'second', atMs: diedAtMs };
      await clock.advanceUntil(mustBeAlone(session, backend, { clock, ttlMs: 15_000 }));
      return clock.nowMs() - diedAtMs;
    };
    expect(await waitedMs('idle', false)).toBeLessThan(1_300);
    const busyMs = await waitedMs('busy', true);
    expect(busyMs).toBeGreaterThan(5_000);
    expect(busyMs).toBeLessThan(5_500);
  });

  test('starts when the other process has stopped, at once, or died, a moment later', async () => {
    const clock = new VirtualClock();
    const first = await openedStore(undefined, clock, 'named', 'first');
    await clock.advanceUntil(first.store.close(1));
    const stoppedAtMs = clock.nowMs();
    const second = await openedStore(first.memory, clock, 'named', 'second');
    expect(clock.nowMs() - stoppedAtMs).toBeLessThan(100);
    second.backend.isAway = true;
    const third = await clock.advanceUntil(openedStore(first.memory, clock, 'named', 'third'));
    expect(third.heard.warned).toEqual([]);
  });

  test('is another thread of the same process', async () => {
    const clock = new VirtualClock();
    const { memory } = await openedStore(undefined, clock, 'named', 'first');
    const again = await openedStore(memory, clock, 'named', 'first');
    expect(again.heard.warned).toEqual([]);
  });

  test('claims nothing any more when another process has taken its name while it stood still', async () => {
    const clock = new VirtualClock();
    const first = await openedStore(undefined, clock, 'named', 'first');
    first.backend.isAway = true;
    await clock.advance(16_000);
    const second = await clock.advanceUntil(openedStore(first.memory, clock, 'named', 'second'));
    first.backend.isAway = false;
    await clock.advance(1_000);
    expect(first.heard.warned).toContain('node-id-taken');
    await clock.advanceUntil(first.store.beat(clock.nowMs()));
    expect(first.heard.trustedUntilMs).toBeLessThanOrEqual(clock.monotonicMs());
    const late = first.store.write(claimed(recordOf('a', 1_000), { cursorMs: 100 }));
    await expect(late).rejects.toThrow('another process has taken the id of this node');
    expect(
      await clock.advanceUntil(second.store.write(claimed(recordOf('b', 1_000), { cursorMs: 100 }))),
    ).toMatchObject({
      isTaken: true,
    });
  });
});
