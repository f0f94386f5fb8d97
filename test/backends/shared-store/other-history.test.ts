/** The database forgets what it confirmed, as after a fail-over to a standby that lags behind. */
import { describe, expect, test } from 'vitest';
import type { PlanBasis } from '../../../src/machines/run.ts';
import type { ScheduleEntry } from '../../../src/machines/schedule-entries.ts';
import { openedStore } from '../../support/failing-database.ts';
import { claimed, KEY, recordOf, registered, settled } from '../../support/ledger-entries.ts';

const claim = (runId: string, atMs: number, basis: PlanBasis): ScheduleEntry => claimed(recordOf(runId, atMs), basis);
const end = (runId: string, atMs: number): ScheduleEntry => settled(recordOf(runId, atMs));

describe('a shared store whose database has another history', () => {
  test('enters it, and says how schedules stand and which runs are forgotten', async () => {
    const { clock, store, memory, heard } = await openedStore();
    const failOver = memory.checkpoint();
    await clock.advanceUntil(store.write(claim('a', 1_000, { cursorMs: 100 })));
    failOver();
    await clock.advance(500);
    expect(heard.warned).toEqual(['store-history-changed']);
    expect(heard.histories).toMatchObject([{ schedules: [{ key: KEY, cursorMs: 100 }], forgottenRunIds: ['a'] }]);
  });

  test('refuses a claim on the ground of the forgotten history, although revisions match', async () => {
    const { clock, store, memory, heard } = await openedStore();
    const failOver = memory.checkpoint();
    await clock.advanceUntil(store.write(claim('a', 1_000, { cursorMs: 100 })));
    await clock.advanceUntil(store.write(end('a', 1_000)));
    failOver();
    const other = await openedStore(memory, clock, 'other');
    await clock.advanceUntil(other.store.write(claimed(recordOf('b', 5_000, { nodeId: 'other' }), { cursorMs: 100 })));
    const waiting = expect(store.write(claim('c', 2_000, { cursorMs: 1_000 }))).rejects.toThrow('another history');
    await clock.advance(2_400);
    await waiting;
    await expect(store.write(claim('c', 2_000, { cursorMs: 1_000 }))).rejects.toThrow('another history');
    await clock.advance(100);
    expect(await clock.advanceUntil(store.write(claim('c', 2_000, { cursorMs: 1_000 })))).toEqual({ isTaken: false });
    expect(memory.openClaims().map(({ runId }) => runId)).toEqual(['b']);
    expect(heard.histories).toMatchObject([{ forgottenRunIds: [], ownClaims: [] }]);
  });

  test('names the claims that have come back although their runs are over', async () => {
    const { clock, store, memory, heard } = await openedStore();
    await clock.advanceUntil(store.write(claim('a', 1_000, { cursorMs: 100 })));
    const failOver = memory.checkpoint();
    await clock.advanceUntil(store.write(end('a', 1_000)));
    failOver();
    await clock.advance(500);
    expect(heard.histories).toMatchObject([{ forgottenRunIds: [], ownClaims: [{ runId: 'a' }] }]);
  });

  test('writes the end of a run whose claim is forgotten, once', async () => {
    const { clock, store, memory } = await openedStore();
    const failOver = memory.checkpoint();
    await clock.advanceUntil(store.write(claim('a', 1_000, { cursorMs: 100 })));
    failOver();
    expect(await clock.advanceUntil(store.write(end('a', 1_000)))).toEqual({ isTaken: true });
    expect(memory.ledger().history({})).toMatchObject([{ runId: 'a', outcome: 'succeeded' }]);
    expect(memory.ledger().schedule(KEY)).toMatchObject({ cursorMs: 1_000, dueCount: 1, outcomes: { succeeded: 1 } });
    expect(await clock.advanceUntil(store.write(end('a', 1_000)))).toEqual({ isTaken: false });
  });

  test('does not write the end of a run that another node has ended since', async () => {
    const { clock, store, memory, backend, heard } = await openedStore();
    await clock.advanceUntil(store.write(claim('a', 1_000, { cursorMs: 100 })));
    backend.isAway = true;
    const other = await openedStore(memory, clock, 'other');
    const lost = settled(recordOf('a', 1_000, { outcome: 'lost' }));
    expect(await clock.advanceUntil(other.store.write(lost))).toEqual({ isTaken: true });
    memory.checkpoint()();
    backend.isAway = false;
    await clock.advance(1_500);
    expect(heard.histories).toMatchObject([{ forgottenRunIds: ['a'] }]);
    expect(await clock.advanceUntil(store.write(end('a', 1_000)))).toEqual({ isTaken: false });
    expect(memory.ledger().schedule(KEY)).toMatchObject({ dueCount: 1, outcomes: { lost: 1 } });
  });

  test('does not take a run for forgotten that was claimed before', async () => {
    const { clock, store, memory, heard } = await openedStore();
    await clock.advanceUntil(store.write(claim('a', 1_000, { cursorMs: 100 })));
    const failOver = memory.checkpoint();
    await clock.advanceUntil(store.write(registered(100, { key: 'p/other' })));
    failOver();
    expect(await clock.advanceUntil(store.write(end('a', 1_000)))).toEqual({ isTaken: true });
    expect(heard.histories).toMatchObject([{ forgottenRunIds: [] }]);
    expect(memory.ledger().schedule(KEY)).toMatchObject({ dueCount: 1, outcomes: { succeeded: 1 } });
  });

  test('enters once when writes and looks meet the new history together, and again when the database is away', async () => {
    const { clock, store, memory, backend, heard } = await openedStore();
    const failOver = memory.checkpoint();
    failOver();
    const writes = ['p/b', 'p/c'].map((key) => store.write(registered(100, { key })));
    await clock.advanceUntil(Promise.all(writes));
    await clock.advance(2_000);
    expect(heard.histories.length).toBe(1);
    failOver();
    backend.isAway = true;
    const failing = expect(store.write(registered(100, { key: 'p/d' }))).rejects.toThrow('away');
    await clock.advance(1_500);
    await failing;
    backend.isAway = false;
    await clock.advance(1_500);
    expect(heard.histories.length).toBe(2);
    expect(memory.ledger().schedule('p/d')).toBeDefined();
  });

  test('shows another history by a schedule that is at an earlier revision', async () => {
    const { clock, store, memory, heard } = await openedStore();
    const restore = memory.checkpoint();
    await clock.advanceUntil(store.write(claim('a', 1_000, { cursorMs: 100 })));
    restore({ isSilent: true });
    expect(await clock.advanceUntil(store.write(end('a', 1_000)))).toEqual({ isTaken: true });
    expect(heard.histories).toMatchObject([{ forgottenRunIds: ['a'] }]);
  });
});
