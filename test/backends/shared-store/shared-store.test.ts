/**
 * What becomes of writes when the database fails at the worst moment. The conformance kit and the simulator test the
 * rest.
 */
import { describe, expect, test } from 'vitest';
import type { PlanBasis } from '../../../src/machines/run.ts';
import type { ScheduleEntry } from '../../../src/machines/schedule-entries.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { openedStore } from '../../support/failing-database.ts';
import { claimed, KEY, recordOf, registered, settled } from '../../support/ledger-entries.ts';

const claim = (runId: string, atMs: number, basis: PlanBasis): ScheduleEntry => claimed(recordOf(runId, atMs), basis);
const end = (runId: string, atMs: number): ScheduleEntry => settled(recordOf(runId, atMs));

describe('SharedStore', () => {
  test('writes in one batch what is written in one turn', async () => {
    const { clock, backend, store } = await openedStore();
    const before = backend.batches.length;
    const both = [store.write(claim('a', 1_000, { cursorMs: 100 })), store.write(end('a', 1_000))];
    expect(await clock.advanceUntil(Promise.all(both))).toEqual([
      { isTaken: true, fencingToken: '1000000' },
      { isTaken: true },
    ]);
    expect(backend.batches.length).toBe(before + 1);
  });

  test('grants a claim whose answer was lost, once', async () => {
    const { clock, backend, store, memory } = await openedStore();
    backend.failures.push('after');
    expect(await clock.advanceUntil(store.write(claim('a', 1_000, { cursorMs: 100 })))).toEqual({
      isTaken: true,
      fencingToken: '1000000',
    });
    expect(memory.ledger().schedule(KEY)).toMatchObject({ dueCount: 1, fencing: 1_000_000 });
    expect(await clock.advanceUntil(store.write(end('a', 1_000)))).toEqual({ isTaken: true });
    expect(memory.ledger().schedule(KEY)).toMatchObject({ dueCount: 1, outcomes: { succeeded: 1 } });
  });

  test('folds a batch anew that was not written', async () => {
    const { clock, backend, store, memory } = await openedStore();
    backend.failures.push('before', 'before');
    expect(await clock.advanceUntil(store.write(claim('a', 1_000, { cursorMs: 100 })))).toEqual({
      isTaken: true,
      fencingToken: '1000000',
    });
    expect(memory.ledger().schedule(KEY)).toMatchObject({ dueCount: 1 });
  });

  test('refuses the claims of a batch that its database says are of the future, and writes the rest', async () => {
    const { clock, backend, store, memory, heard } = await openedStore();
    const [earlyMs, tolerableMs] = [clock.nowMs() + 11_000, clock.nowMs() + 9_000];
    const before = backend.batches.length;
    const manual = recordOf('m', earlyMs, { trigger: 'manual' });
    const all = [
      store.write(claim('a', earlyMs, { cursorMs: 100 })),
      store.write(claimed(manual, { cursorMs: 100 })),
      store.write(settled(manual)),
    ];
    expect(await clock.advanceUntil(Promise.all(all))).toEqual([
      { isTaken: false, isEarly: true },
      { isTaken: true, fencingToken: String(earlyMs * 1_000) },
      { isTaken: true },
    ]);
    expect(backend.batches.slice(before).map(({ notBeforeMs }) => notBeforeMs)).toEqual([earlyMs - 10_000, undefined]);
    expect(memory.ledger().schedule(KEY)).toMatchObject({ cursorMs: 100 });
    expect(heard.nowMs).toBe(clock.nowMs());
    expect(await clock.advanceUntil(store.write(claim('a', tolerableMs, { cursorMs: 100 })))).toMatchObject({
      isTaken: true,
    });
  });

  test('writes soon again under numbers above those of a node whose clock was years ahead', async () => {
    const { clock, memory } = await openedStore();
    const past = await openedStore(memory, new VirtualClock(clock.nowMs() - 72 * 365 * 86_400_000));
    const { batches } = past.backend;
    expect(batches.length).toBeLessThan(40);
    expect(memory.ledger().schedule(KEY)).toMatchObject({ createdAtMs: 100 });
  });

  test('refuses claims at once while the database is away, and never takes them later', async () => {
    const { clock, backend, store, memory } = await openedStore();
    backend.isAway = true;
    const first = expect(store.write(claim('a', 1_000, { cursorMs: 100 }))).rejects.toThrow('away');
    await clock.advance(500);
    await expect(store.write(claim('b', 1_000, { cursorMs: 100 }))).rejects.toThrow('away');
    await clock.advance(15_000);
    await first;
    backend.isAway = false;
    await clock.advance(5_000);
    expect(memory.openClaims()).toEqual([]);
    expect(memory.ledger().schedule(KEY)).toMatchObject({ dueCount: 0, cursorMs: 100 });
  });

  test('refuses claims soon when the database answers and refuses every write, and says so as long as it does', async () => {
    const { clock, backend, store, memory } = await openedStore();
    await clock.advanceUntil(store.write(claim('a', 1_000, { cursorMs: 100 })));
    backend.refusesWrites = true;
    const ending = expect(store.write(end('a', 1_000))).rejects.toThrow('a table is gone');
    const first = expect(store.write(claim('b', 2_000, { cursorMs: 1_000 }))).rejects.toThrow('a table is gone');
    await clock.advance(5_000);
    await first;
    await ending;
    const second = expect(store.write(claim('c', 3_000, { cursorMs: 1_000 }))).rejects.toThrow('a table is gone');
    const beat = expect(store.beat(clock.nowMs())).rejects.toThrow('a table is gone');
    await clock.advance(2_000);
    await second;
    await beat;

    backend.refusesWrites = false;
    await clock.advance(3_000);

    await clock.advanceUntil(store.beat(clock.nowMs()));
    expect(memory.openClaims()).toEqual([]);
    expect(memory.ledger().history({ runId: 'a' })).toMatchObject([{ outcome: 'succeeded' }]);
  });

  test('keeps the ends of runs until the database is back', async () => {
    const { clock, backend, store, memory } = await openedStore();
    await clock.advanceUntil(store.write(claim('a', 1_000, { cursorMs: 100 })));
    backend.isAway = true;
    const settling = expect(store.write(end('a', 1_000))).rejects.toThrow('away');
    await clock.advance(3_000);
    await settling;
    backend.isAway = false;
    await clock.advance(3_000);
    expect(memory.ledger().history({ runId: 'a' })).toMatchObject([{ outcome: 'succeeded' }]);
    expect(memory.openClaims()).toEqual([]);
  });

  test('reports a claim that was given up and turns out to have been taken', async () => {
    const { clock, backend, store, heard } = await openedStore();
    backend.failures.push('after');
    backend.isSilentOnBurn = true;
    const claiming = expect(store.write(claim('a', 1_000, { cursorMs: 100 }))).rejects.toThrow('lost');
    await clock.advance(12_000);
    await claiming;
    backend.isSilentOnBurn = false;
    await clock.advance(2_000);
    expect(heard.orphaned.map(({ runId }) => runId)).toEqual(['a']);
  });

  test('does not count as written what is in doubt when it is closed', async () => {
    const { clock, backend, store, heard } = await openedStore();
    backend.failures.push('after');
    backend.isSilentOnBurn = true;
    const claiming = expect(store.write(claim('a', 1_000, { cursorMs: 100 }))).rejects.toThrow('lost');
    await clock.advance(500);
    await clock.advanceUntil(store.close(9_000));
    await clock.advance(2_000);
    await claiming;
    expect(heard.orphaned).toEqual([]);
  });

  test('drops alone what the database will never take, and says so', async () => {
    const { clock, backend, store, memory, heard } = await openedStore();
    backend.poison.add('p/bad');
    const bad = expect(store.write(registered(100, { key: 'p/bad' }))).rejects.toThrow('will not take it');
    const good = store.write(registered(100, { key: 'p/good' }));
    await clock.advanceUntil(good);
    await bad;
    expect(memory.ledger().schedule('p/good')).toBeDefined();
    expect(heard.warned).toEqual(['store-incomplete']);
  });

  test('closes the claim of a run whose texts the database will not take', async () => {
    const { clock, backend, store, memory, heard } = await openedStore();
    for (const [place, runId] of ['a', 'b'].entries()) {
      const atMs = 1_000 * (place + 1);
      const bad = { name: 'Error', message: backend.unwritable };
      const record = recordOf(runId, atMs, { outcome: 'failed', ...(runId === 'a' && { error: bad }) });
      const log = runId === 'b' ? [{ atMs, level: 'info' as const, message: backend.unwritable }] : [];
      await clock.advanceUntil(store.write(claim(runId, atMs, { cursorMs: place === 0 ? 100 : 1_000 })));
      const written = store.write({ kind: 'settled', settled: { record, log, isOwed: false } });
      expect(await clock.advanceUntil(written)).toEqual({ isTaken: true });
    }
    expect(memory.openClaims()).toEqual([]);
    expect(memory.ledger().history({ runId: 'a' })).toMatchObject([
      { outcome: 'failed', error: { message: 'The store did not take the text of the error.' } },
    ]);
    expect(heard.warned).toEqual([]);
  });

  test('settles every claim while it looks for what the database will never take, and the database goes away', async () => {
    const { clock, backend, store } = await openedStore();
    backend.poison.add('p/bad');
    const bad = expect(store.write(registered(100, { key: 'p/bad' }))).rejects.toThrow('away');
    const waiting = expect(store.write(claim('a', 1_000, { cursorMs: 100 }))).rejects.toThrow('away');
    backend.failures.push('none', 'before');
    backend.isSilentOnBurn = true;
    await clock.advance(1_000);
    await bad;
    await waiting;
  });

  test('gives up a claim that is tried again when it is closed', async () => {
    const { clock, backend, store } = await openedStore();
    backend.failures.push('before', 'before');
    const claiming = expect(store.write(claim('a', 1_000, { cursorMs: 100 }))).rejects.toThrow('closed');
    await clock.advance(500);
    const closing = store.close(9_000).catch(() => 'too late');
    await clock.advance(5_000);
    await claiming;
    await closing;
  });

  test('refuses on the ground of how things stand, and never of how it saw them', async () => {
    const clock = new VirtualClock();
    const a = await openedStore(undefined, clock, 'a');
    const b = await openedStore(a.memory, clock, 'b');
    await clock.advanceUntil(a.store.write(claim('a', 1_000, { cursorMs: 100 })));
    await clock.advance(1_000);
    await clock.advanceUntil(a.store.write(end('a', 1_000)));
    // For b the schedule is still busy: it has not looked since.
    expect(await clock.advanceUntil(b.store.write(claim('b', 2_000, { cursorMs: 1_000 })))).toEqual({
      isTaken: true,
      fencingToken: '2000000',
    });
  });

  test('stops in bounded time, also when the database is away', async () => {
    const { clock, backend, store } = await openedStore();
    backend.isAway = true;
    const claiming = store.write(claim('a', 1_000, { cursorMs: 100 })).catch(() => 'rejected');
    await clock.settle();
    const closing = store.close(9_000).catch(() => 'too late');
    await clock.advance(5_000);
    expect([await claiming, await closing].includes('rejected')).toBe(true);
    expect(clock.sleeperCount).toBe(0);
  });
});
