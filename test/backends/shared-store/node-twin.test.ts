/** Two processes with one node id. */
import { describe, expect, test } from 'vitest';
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
